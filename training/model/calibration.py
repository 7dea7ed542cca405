"""Probabilities made true: sharper or softer, and drawn towards the classes' shares.

Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, ICML) raises probabilities to a power,
which heals models that are too sure or not sure enough; forests and models of few rows gain from a
share of the classes' own frequencies beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Probabilities = NDArray[np.float64]

# A forest's trees may all agree, and no power changes a probability of 0. Nor do as many rows as
# people have support more certainty than this, so raising ends there.
SMALLEST = 1e-6
POWERS = (0.2, 3.0)
_LEAST_GAIN = 1e-5  # nats
_EPSILON = np.finfo(np.float64).eps


class Calibration(NamedTuple):
    """How probabilities are changed; as it stands, not at all.

    Attributes
    ----------
    power : float
        Above 1 sharpens, below 1 softens: the inverse of the temperature.
    share : float
        Weight of the base rates, from 0 to 1.
    """

    power: float = 1.0
    share: float = 0.0


def calibrate(
    probabilities: Probabilities, calibration: Calibration, base_rates: Probabilities
) -> Probabilities:
    """Return changed probabilities of shape (rows, classes)."""
    power, share = calibration
    if power != 1:
        logs = np.log(np.maximum(probabilities, SMALLEST)) * power
        raised = np.exp(logs - logs.max(axis=1, keepdims=True))
        raised = np.maximum(raised / raised.sum(axis=1, keepdims=True), SMALLEST)
        probabilities = raised / raised.sum(axis=1, keepdims=True)
    return probabilities if share == 0 else (1 - share) * probabilities + share * base_rates


def log_loss(probabilities: Probabilities, truth: NDArray[np.intp]) -> float:
    """Return the mean log loss in nats; ``truth`` holds the classes' numbers, shape (rows,)."""
    of_truth = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.clip(of_truth, _EPSILON, 1)).mean())


def find_calibration(
    probabilities: Probabilities, truth: NDArray[np.intp], base_rates: Probabilities
) -> Calibration:
    """Return the calibration with the lowest log loss on rows that no model was fitted on.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (rows, classes)
    truth : numpy.ndarray of int, shape (rows,)
        The classes' numbers.
    base_rates : numpy.ndarray, shape (classes,)
    """

    def loss(calibration: Calibration) -> float:
        return log_loss(calibrate(probabilities, calibration, base_rates), truth)

    power = _power(probabilities, truth, loss)
    share = _lowest(lambda part: loss(Calibration(power, part)), 0.0, 1.0)
    options = [Calibration(), Calibration(power), Calibration(power, share)]
    best = options[0]
    for option in options[1:]:
        if loss(option) < loss(best) - _LEAST_GAIN:
            best = option
    return best


def _power(
    probabilities: Probabilities, truth: NDArray[np.intp], loss: Callable[[Calibration], float]
) -> float:
    """Return the best power, above 1 only as far as few rows allow.

    Rows that are all predicted well would ask for certainty, so sharpening is judged as if one row
    more had been wrong (after Platt 1999, "Probabilistic outputs for support vector machines").
    """
    rows, classes = probabilities.shape
    doubt = 1 / (rows + 2)
    wanted = np.full(probabilities.shape, doubt / classes)
    wanted[np.arange(rows), truth] += 1 - doubt

    def cautious(log_power: float) -> float:
        found = calibrate(probabilities, Calibration(math.exp(log_power)), wanted)
        return float(-(np.log(np.maximum(found, _EPSILON)) * wanted).sum(axis=1).mean())

    least, most = map(math.log, POWERS)
    log_power = _lowest(cautious, least, most)
    if log_power < 0:
        log_power = _lowest(lambda log: loss(Calibration(math.exp(log))), least, 0)
    return math.exp(log_power)


def _lowest(loss: Callable[[float], float], low: float, high: float) -> float:
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-3})
    return float(found.x)
