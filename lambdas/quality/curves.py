"""Curves as few points as a page can show."""

from __future__ import annotations

from typing import Any

import numpy as np

from lambdas.quality.ranking import Steps

MOST_POINTS = 200


def roc_curve(counts: Steps) -> dict[str, list[float]] | None:
    """Return the ROC curve from (0, 0) to (1, 1); None where one of the sides is empty."""
    positives, negatives = int(counts.found[-1]), int(counts.alarms[-1])
    if not positives or not negatives:
        return None
    found = np.concatenate(([0], counts.found))
    alarms = np.concatenate(([0], counts.alarms))
    # Points in the middle of a straight line say nothing.
    up, along = np.diff(found), np.diff(alarms)
    corner = up[1:] * along[:-1] != up[:-1] * along[1:]
    kept = np.flatnonzero(np.concatenate(([True], corner, [True])))
    kept = kept[_evenly(found[kept] / positives + alarms[kept] / negatives)]
    # Nothing reaches the first point's threshold; JSON has no infinity, so it has none.
    thresholds = [None, *counts.thresholds[kept[1:] - 1].tolist()]
    return {
        "false_positive_rate": (alarms[kept] / negatives).tolist(),
        "true_positive_rate": (found[kept] / positives).tolist(),
        "threshold": thresholds,
    }


def precision_recall_curve(counts: Steps) -> dict[str, list[float]] | None:
    """Return precision by recall, from the highest threshold down; None without positive rows."""
    positives = int(counts.found[-1])
    if not positives:
        return None
    # Lower thresholds that find nothing new only add false alarms.
    last = np.flatnonzero(np.diff(counts.found, append=-1) != 0)
    first = np.flatnonzero(np.diff(counts.found, prepend=0) != 0)
    kept = np.union1d(first, last[counts.found[last] > 0])
    kept = kept[_evenly(counts.found[kept] / positives)]
    found, alarms = counts.found[kept], counts.alarms[kept]
    return {
        "recall": (found / positives).tolist(),
        "precision": (found / (found + alarms)).tolist(),
        "threshold": counts.thresholds[kept].tolist(),
    }


def _evenly(along: Any) -> Any:
    """Choose positions spread evenly along a growing quantity, both ends among them."""
    if len(along) <= MOST_POINTS:
        return np.arange(len(along))
    wanted = np.linspace(along[0], along[-1], MOST_POINTS)
    chosen = np.searchsorted(along, wanted)
    return np.unique(np.concatenate(([0], chosen.clip(0, len(along) - 1), [len(along) - 1])))
