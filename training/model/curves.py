"""A curve for each column of numbers: natural cubic splines.

Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", equations 5.4 and 5.5:
cubic between the knots, linear beyond them. scikit-learn's SplineTransformer keeps functions of
scipy in its state, whose names change with its version: no closed list of types could have them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Numbers = NDArray[np.float64]
KNOTS = 6
# In units of the outer knots' distance; beyond, differences of cubes would lose their digits.
FURTHEST = 10


class Curves(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Turn each column into ``KNOTS - 2`` columns that bend it.

    The column itself, which is the straight part, is not repeated.

    Attributes
    ----------
    knots_ : numpy.ndarray, shape (KNOTS, columns)
        Quantiles of the rows it was fitted on, each a little above the one before.
    """

    def fit(self, values: Numbers, _target: object = None) -> Curves:
        """Place the knots; ``values`` has the shape (rows, columns)."""
        knots = np.quantile(values, np.linspace(0.02, 0.98, KNOTS), axis=0)
        # Also beside a large number, whose neighbours are far: equal knots would divide by zero.
        large = np.maximum(np.abs(values).max(axis=0) * 1e-9, np.finfo(np.float32).tiny)
        gap = np.maximum(np.ptp(values, axis=0), large) * 1e-3
        self.knots_ = np.maximum.accumulate(knots + gap * np.arange(KNOTS)[:, None])
        self.n_features_in_ = values.shape[1]
        return self

    def transform(self, values: Numbers) -> Numbers:
        """Return numbers of shape (rows, columns x (KNOTS - 2)), the columns of each together."""
        first, last = self.knots_[0], self.knots_[-1]
        scaled = (np.asarray(values)[:, :, None] - first[:, None]) / (last - first)[:, None]
        scaled = scaled.clip(-FURTHEST, FURTHEST)
        places = ((self.knots_ - first) / (last - first)).T
        cubes = np.maximum(scaled - places, 0) ** 3
        bends = (cubes[:, :, :-1] - cubes[:, :, -1:]) / (1 - places[:, :-1])
        return np.asarray(bends[:, :, :-1] - bends[:, :, -1:]).reshape(len(values), -1)
