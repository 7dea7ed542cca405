"""How far off predictions of numbers are: split conformal intervals from the validation split.

Of the absolute errors on rows the model was not fitted on, the k-th smallest, k the ceiling of
(n + 1) x level, bounds a new row's error with at least that probability if rows are exchangeable
(Lei, G'Sell, Rinaldo, Tibshirani, Wasserman 2018, "Distribution-free predictive inference for
regression", theorem 2.2). It holds for every algorithm.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LEVELS = (0.8, 0.9, 0.95)


def half_widths(truth: Any, predicted: Any) -> dict[str, float]:
    """Return half the width of a prediction's interval by level, in the target's unit.

    Parameters
    ----------
    truth, predicted : numpy.ndarray of float64, shape (rows,)
        Of the validation split.

    Returns
    -------
    dict
        Levels written ``0.9``; those for which there are too few rows are left out.
    """
    errors = np.sort(np.abs(np.asarray(truth) - np.asarray(predicted)))
    ranks = {level: math.ceil((len(errors) + 1) * level) for level in LEVELS}
    return {
        str(level): float(errors[rank - 1]) for level, rank in ranks.items() if rank <= len(errors)
    }
