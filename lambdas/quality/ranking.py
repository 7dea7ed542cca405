"""How well scores rank the rows of a class above the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.intervals import Figure, figure, logit_ends, newcombe_ends, share


@dataclass(frozen=True)
class Area:
    """An area under the ROC curve.

    Parameters
    ----------
    value : float
    influence : numpy.ndarray of float64, shape (rows,)
        What each row adds to the area's error; its variance over the rows' number is that of the
        area (DeLong's structural components, each weighted by its class's share).
    positives, negatives : int
    """

    value: float
    influence: NDArray[np.float64]
    positives: int
    negatives: int


def area(scores: NDArray[np.float64], is_positive: NDArray[np.bool_]) -> Area | None:
    """Measure the area by midranks; None where a class does not occur.

    Parameters
    ----------
    scores : numpy.ndarray of float64, shape (rows,)
    is_positive : numpy.ndarray of bool, shape (rows,)
    """
    rows, positives = len(scores), int(np.count_nonzero(is_positive))
    negatives = rows - positives
    if not positives or not negatives:
        return None
    ranks = midranks(scores)
    # The share of negatives below each positive, and of positives above each negative.
    placed = np.empty(rows)
    placed[is_positive] = (ranks[is_positive] - midranks(scores[is_positive])) / negatives
    above = ranks[~is_positive] - midranks(scores[~is_positive])
    placed[~is_positive] = 1 - above / positives
    value = float(placed[is_positive].mean())
    # Unbiased within each class: DeLong divides by the class's size less one.
    weights = np.where(is_positive, rows / positives, rows / negatives)
    for side, size in ((is_positive, positives), (~is_positive, negatives)):
        if size > 1:
            weights[side] *= math.sqrt(size / (size - 1))
    return Area(value, (placed - value) * weights, positives, negatives)


def midranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each score's rank from 1, the mean rank among equals."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.concatenate((starts[1:], [len(scores)]))
    ranks = np.empty(len(scores))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks


def area_figure(found: Area | None) -> Figure | None:
    """Return an area with DeLong's interval, or Newcombe's where no row contradicts the ranking."""
    if found is None:
        return None
    error = _error(found.influence)
    if error == 0 or not 0 < found.value < 1:
        ends = newcombe_ends(found.value, found.positives, found.negatives)
        return figure(found.value, *ends, "newcombe")
    return figure(found.value, *logit_ends(found.value, error), "delong")


def mean_area_figure(found: list[Area]) -> Figure | None:
    """Return the mean of the classes' areas; their rows are the same, so errors add row by row."""
    if not found:
        return None
    value = float(np.mean([each.value for each in found]))
    error = _error(np.mean([each.influence for each in found], axis=0))
    if error == 0 or not 0 < value < 1:
        ends = [newcombe_ends(each.value, each.positives, each.negatives) for each in found]
        low, high = np.mean(ends, axis=0)
        return figure(value, low, high, "newcombe")
    return figure(value, *logit_ends(value, error), "delong")


def _error(influence: NDArray[np.float64]) -> float:
    return float(math.sqrt(np.mean(influence**2) / len(influence)))


@dataclass(frozen=True)
class Steps:
    """True and false positives at each different score taken as threshold, from the highest."""

    thresholds: NDArray[np.float64]
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]


def steps(scores: NDArray[np.float64], is_positive: NDArray[np.bool_]) -> Steps:
    """Count the rows at or above each different score."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    ends = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
    true_positives = np.cumsum(is_positive[order], dtype=np.int64)[ends]
    return Steps(ordered[ends], true_positives, ends + 1 - true_positives)


def average_precision(counts: Steps) -> Figure | None:
    """Return the area under the precision-recall curve as average precision, without interpolation.

    The interval takes it for a share of the positive rows.
    """
    positives = int(counts.true_positives[-1])
    if not positives:
        return None
    precision = counts.true_positives / (counts.true_positives + counts.false_positives)
    value = float(np.sum(np.diff(counts.true_positives, prepend=0) * precision) / positives)
    return share(value * positives, positives, "boyd")
