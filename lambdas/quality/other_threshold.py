"""A threshold at which most of the positive rows are found, for models that find few at 0.5."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

WANTED_RECALL = 0.8
_DIGITS = 3  # as it is shown: who applies what is written gets the recall that is written


def other_threshold(scores: Any, happened: Any) -> dict[str, float] | None:
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
    claimed = scores >= threshold
    found = int((claimed & happened).sum())
    return {
        "threshold": threshold,
        "recall": found / len(positive),
        "precision": found / int(claimed.sum()),
    }


def _rounded_down(value: float) -> float:
    if value <= 0:
        return 0.0
    decimals = _DIGITS - 1 - math.floor(math.log10(value))
    return round(math.floor(value * 10.0**decimals) / 10.0**decimals, decimals)
