"""Curves as few points as a page can show, and a threshold at which most positive rows are true."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.ranking import Steps

MOST_POINTS = 200
WANTED_RECALL = 0.8
_DIGITS = 3  # as it is shown: who applies what is written gets the recall that is written


def roc_curve(counts: Steps) -> dict[str, list[float]] | None:
    """Return the ROC curve from (0, 0) to (1, 1); None where a class does not occur."""
    positives, negatives = int(counts.true_positives[-1]), int(counts.false_positives[-1])
    if not positives or not negatives:
        return None
    true = np.concatenate(([0], counts.true_positives))
    false = np.concatenate(([0], counts.false_positives))
    # Points in the middle of a straight line say nothing.
    up, along = np.diff(true), np.diff(false)
    corner = up[1:] * along[:-1] != up[:-1] * along[1:]
    kept = np.flatnonzero(np.concatenate(([True], corner, [True])))
    kept = kept[_evenly(true[kept] / positives + false[kept] / negatives)]
    # Nothing reaches the first point's threshold; JSON has no infinity, so it has none.
    thresholds = [None, *counts.thresholds[kept[1:] - 1].tolist()]
    return {
        "false_positive_rate": (false[kept] / negatives).tolist(),
        "true_positive_rate": (true[kept] / positives).tolist(),
        "threshold": thresholds,
    }


def precision_recall_curve(counts: Steps) -> dict[str, list[float]] | None:
    """Return precision by recall, from the highest threshold down; None without positive rows."""
    positives = int(counts.true_positives[-1])
    if not positives:
        return None
    # Lower thresholds that find nothing new only add false positives.
    last = np.flatnonzero(np.diff(counts.true_positives, append=-1) != 0)
    first = np.flatnonzero(np.diff(counts.true_positives, prepend=0) != 0)
    kept = np.union1d(first, last[counts.true_positives[last] > 0])
    kept = kept[_evenly(counts.true_positives[kept] / positives)]
    true, false = counts.true_positives[kept], counts.false_positives[kept]
    return {
        "recall": (true / positives).tolist(),
        "precision": (true / (true + false)).tolist(),
        "threshold": counts.thresholds[kept].tolist(),
    }


def threshold_curve(counts: Steps) -> dict[str, list[float]] | None:
    """Return what each threshold reaches, from the highest down; None where a class is missing."""
    positives, negatives = int(counts.true_positives[-1]), int(counts.false_positives[-1])
    if not positives or not negatives:
        return None
    sensitivity, alarms = counts.true_positives / positives, counts.false_positives / negatives
    kept = _evenly(sensitivity + alarms)
    true, false = counts.true_positives[kept], counts.false_positives[kept]
    return {
        "threshold": counts.thresholds[kept].tolist(),
        "sensitivity": sensitivity[kept].tolist(),
        "specificity": (1 - alarms[kept]).tolist(),
        "precision": (true / (true + false)).tolist(),
    }


def _evenly(along: NDArray[np.float64]) -> NDArray[np.intp]:
    """Choose positions spread evenly along a growing quantity, both ends among them."""
    if len(along) <= MOST_POINTS:
        return np.arange(len(along))
    wanted = np.linspace(along[0], along[-1], MOST_POINTS)
    chosen = np.searchsorted(along, wanted)
    return np.unique(np.concatenate(([0], chosen.clip(0, len(along) - 1), [len(along) - 1])))


def other_threshold(
    scores: NDArray[np.float64], happened: NDArray[np.bool_]
) -> dict[str, float] | None:
    """Return the highest threshold that finds 80 % of the positive rows.

    Parameters
    ----------
    scores : numpy.ndarray of float64, shape (rows,)
        The positive class's probability.
    happened : numpy.ndarray of bool, shape (rows,)

    Returns
    -------
    dict or None
        ``threshold``, and the ``recall`` and ``precision`` of calling every row positive whose
        probability is at least that; None without positive rows, or if only 0 finds so many.
    """
    positive = np.sort(scores[happened])[::-1]
    if not len(positive):
        return None
    threshold = _rounded_down(float(positive[math.ceil(WANTED_RECALL * len(positive)) - 1]))
    if threshold <= 0:
        return None
    predicted = scores >= threshold
    true = int((predicted & happened).sum())
    return {
        "threshold": threshold,
        "recall": true / len(positive),
        "precision": true / int(predicted.sum()),
    }


def _rounded_down(value: float) -> float:
    if value <= 0:
        return 0.0
    decimals = _DIGITS - 1 - math.floor(math.log10(value))
    return round(math.floor(value * 10.0**decimals) / 10.0**decimals, decimals)
