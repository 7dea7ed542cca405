"""From held-out answers to an ensemble: which candidates count, and how much.

Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models", ICML:
candidates are added one by one, again and again, each time the one with which the mean answer is
best on rows that none of them was fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.fit.data import Data
from training.fit.held_out import HeldOut
from training.fit.judge import Judge
from training.model.calibration import Calibration

Numbers = NDArray[np.float64]
STEPS = 40
# Less would cost more at the endpoint than it gains.
LEAST_WEIGHT = 0.05
# Few rows can't tell candidates apart whose losses are that near each other: of so many rows of
# the rarest class, half of the weight is shared among these equally. By tests/bench/quality.
NEAR, FEW_ROWS = 1.05, 50


@dataclass(frozen=True)
class Weighed:
    """A candidate's part in the model.

    Parameters
    ----------
    held_out : HeldOut
    calibration : Calibration
        Of its probabilities.
    loss : float
        Log loss, or root mean squared error, after that.
    weight : float
        0 for those that take no part; all of them sum to 1.
    """

    held_out: HeldOut
    calibration: Calibration
    loss: float
    weight: float


@dataclass(frozen=True)
class Choice:
    """What the model will consist of.

    Parameters
    ----------
    candidates : list of Weighed
        In the order in which they were given.
    calibration : Calibration
        Of the weighed mean's probabilities.
    loss : float
        Of the ensemble.
    rows : numpy.ndarray of bool, shape (all rows,)
        Which of them were held out.
    outputs : numpy.ndarray
        The ensemble's answers to those, of shape (rows, classes) or (rows,).
    """

    candidates: list[Weighed]
    calibration: Calibration
    loss: float
    rows: NDArray[np.bool_]
    outputs: Numbers

    @property
    def members(self) -> list[Weighed]:
        """The candidates that take part."""
        return [each for each in self.candidates if each.weight]


def choose(
    found: Sequence[HeldOut], data: Data, *, may_calibrate: bool, hedges: bool = False
) -> Choice:
    """Weigh candidates.

    Parameters
    ----------
    found : sequence of HeldOut
        At least one.
    data : Data
    may_calibrate : bool
        Whether probabilities may be changed: not where the classes' weights were asked for.
    hedges : bool
        Whether candidates that are all but as good get weight, too, where rows are few.
    """
    rows = np.all([each.answered for each in found], axis=0)
    judge = Judge(data, rows, may_calibrate=may_calibrate)
    calibrations = [judge.calibration(each.outputs[rows]) for each in found]
    outputs = [
        judge.calibrated(each.outputs[rows], own)
        for each, own in zip(found, calibrations, strict=True)
    ]
    losses = [judge.loss(each) for each in outputs]
    weights = _greedy(outputs, judge.loss)
    if hedges:
        weights = _hedged(weights, np.asarray(losses), judge.fewest)
    weights = _without_crumbs(weights).tolist()
    mean = np.asarray(sum(w * each for w, each in zip(weights, outputs, strict=True) if w))
    last = judge.calibration(mean) if max(weights) < 1 else Calibration()
    mean = judge.calibrated(mean, last)
    weighed = list(map(Weighed, found, calibrations, losses, weights))
    return Choice(weighed, last, judge.loss(mean), rows, mean)


def _greedy(outputs: Sequence[Numbers], loss: Callable[[Numbers], float]) -> Numbers:
    """Return the weights at which the loss of the mean was lowest."""
    counts, total = np.zeros(len(outputs)), np.zeros_like(outputs[0])
    best, weights = np.inf, counts
    for step in range(1, STEPS + 1):
        losses = [loss((total + each) / step) for each in outputs]
        added = int(np.argmin(losses))
        total, counts[added] = total + outputs[added], counts[added] + 1
        if losses[added] < best:
            best, weights = losses[added], counts / step
    return weights


def _hedged(weights: Numbers, losses: Numbers, rows: int) -> Numbers:
    near = losses <= NEAR * losses.min()
    part = FEW_ROWS / (FEW_ROWS + rows)
    return np.asarray((1 - part) * weights + part * near / near.sum())


def _without_crumbs(weights: Numbers) -> Numbers:
    kept = np.where(weights < LEAST_WEIGHT, 0, weights)
    return np.asarray(kept / kept.sum())
