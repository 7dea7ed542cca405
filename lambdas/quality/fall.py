"""Whether a model does worse on later rows than on earlier ones: the one judgement of a fall.

Who trains for that reason, who tells of it and who shows it all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import SEED
from lambdas.quality.classes import Counts, Floats
from lambdas.quality.comparison import OF_COUNTS, aligned
from lambdas.quality.scored import Scored
from lambdas.shared.fallen import CHANCE, Verdict
from lambdas.shared.settings.gate import LOWER_IS_BETTER

Masks = NDArray[np.bool_]
Measure = Callable[[Masks], Floats]  # of each mask of the rows the metric, NaN where undefined
_MOST_PARTINGS, _FEWEST_PARTINGS = 2000, 400
_DRAWS = 20_000_000  # rows drawn in all: seconds of work; beyond, fewer partings will do
_ENOUGH = 20  # partings as far: the chance is not small
_AT_ONCE, _CELLS_AT_ONCE = 100, 4_000_000
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Judgement:
    """How new rows compare with earlier ones, and how often chance makes as large a fall."""

    verdict: Verdict
    chance: float


def judge(metric: str, before: Scored, now: Scored) -> Judgement:
    """Return whether a model does worse on new rows, or better, by more than chance.

    Parameters
    ----------
    metric : str
        One that the gate can judge by.
    before, now : Scored
        The model's answers to its own test rows, and to the new ones.
    """
    chance = chance_of_fall(metric, [before], now)
    if chance <= CHANCE:
        return Judgement("worse", chance)
    return Judgement("better" if is_rise(metric, before, now) else "same", chance)


def is_rise(metric: str, before: Scored, now: Scored) -> bool:
    """Return whether a model does better on new rows by more than chance."""
    return _chance(metric, [before], now, is_fall=False) <= CHANCE


def chance_of_fall(metric: str, before: Sequence[Scored], now: Scored) -> float:
    """Return how often rows like these, mixed and parted at random, differ by as large a fall.

    Parameters
    ----------
    metric : str
        One that the gate can judge by.
    before : sequence of Scored
        A model's answers to rows that it was not trained on, of one or several files.
    now : Scored
        The same model's answers to the newest rows.

    Returns
    -------
    float
        The one-sided p-value of the permutation test; 1 where these rows do not define the metric.

    Notes
    -----
    If nothing has changed, which rows came earlier is chance, so the test holds for few rows and
    long tails too (Good 2005, Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter
    3). What is observed counts as one of the partings (Phipson and Smyth 2010, Stat. Appl. Genet.
    Mol. Biol. 9:39), and where enough of them differ as much, no more are looked at (Besag and
    Clifford 1991, Biometrika 78:301).
    """
    return _chance(metric, before, now, is_fall=True)


def _chance(metric: str, before: Sequence[Scored], now: Scored, *, is_fall: bool) -> float:
    rows = reduce(_joined, [*before, now])
    measure = _measure(metric, rows)
    sign = -1.0 if (metric in LOWER_IS_BETTER) == is_fall else 1.0

    def falls(later: Masks) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = sign * (measure(~later) - measure(later))
        return found

    later = np.arange(rows.rows) >= rows.rows - now.rows
    observed = float(falls(later[None])[0])
    if not np.isfinite(observed):
        return 1.0
    least = observed - _ROUNDING * abs(observed)
    generator = np.random.default_rng(SEED)
    most = max(_FEWEST_PARTINGS, min(_MOST_PARTINGS, _DRAWS // rows.rows))
    step = max(1, min(_AT_ONCE, _CELLS_AT_ONCE // rows.rows))
    as_far = parted = 1  # what is observed is one of the partings
    while parted < most and as_far < _ENOUGH:
        masks = np.tile(later, (min(step, most - parted), 1))
        drawn = falls(generator.permuted(masks, axis=1))
        drawn = drawn[np.isfinite(drawn)]
        if not len(drawn):
            return 1.0
        parted += len(drawn)
        as_far += int(np.count_nonzero(drawn >= least))
    return as_far / parted


def _joined(first: Scored, second: Scored) -> Scored:
    """Return the rows of both; of the same model, so that all else is the same."""
    pair = aligned(first, second)
    return replace(
        pair[0],
        truth=np.concatenate([each.truth for each in pair]),
        predicted=np.concatenate([each.predicted for each in pair]),
        probabilities=np.concatenate([each.probabilities for each in pair], axis=1)
        if pair[0].labels
        else first.probabilities,
    )


def _measure(metric: str, rows: Scored) -> Measure:
    if metric == "roc_auc":
        return _area(rows)
    return _of_counts(metric, rows) if metric in OF_COUNTS else _of_errors(metric, rows)


def _of_counts(metric: str, rows: Scored) -> Measure:
    classes = np.eye(len(rows.labels))
    actual, predicted = classes[rows.truth], classes[rows.predicted]
    positive = -1 if rows.positive is None else rows.positive

    def measured(masks: Masks) -> Floats:
        counted = (masks @ each for each in (actual, predicted, actual * predicted))
        return OF_COUNTS[metric](Counts(*counted), positive)

    return measured


def _of_errors(metric: str, rows: Scored) -> Measure:
    error = rows.predicted - rows.truth
    centred = (
        rows.truth - rows.truth.mean()
    )  # the variance of large numbers would drown in rounding
    columns = np.stack([np.abs(error), error**2, centred, centred**2], axis=1)

    def measured(masks: Masks) -> Floats:
        absolute, squared, mean, square = (masks @ columns / masks.sum(axis=1, keepdims=True)).T
        found: Floats
        if metric == "r2":
            found = 1 - squared / (square - mean**2)
        else:
            found = absolute if metric == "mae" else np.sqrt(squared)
        return found

    return measured


def _area(rows: Scored) -> Measure:
    """Return the area under the ROC curve: pairs in the right order, ties half."""
    if rows.positive is None:
        return lambda masks: np.full(len(masks), np.nan)
    scores = rows.probabilities[rows.positive]
    order = np.argsort(scores, kind="stable")
    is_positive = (rows.truth == rows.positive)[order]
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))

    def measured(masks: Masks) -> Floats:
        there = masks[:, order]
        positives, negatives = (
            np.add.reduceat(there & side, starts, axis=1, dtype=np.int64)
            for side in (is_positive, ~is_positive)
        )
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        found: Floats = (positives * below).sum(axis=1) / pairs
        return found

    return measured
