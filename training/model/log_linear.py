"""A linear model of the logarithm of the mean, for numbers that are never negative."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import PoissonRegressor

Numbers = NDArray[np.float64]
# Newton's steps are few, but cost the square of the columns.
MOST_COLUMNS_OF_NEWTON = 1_000
ITERATIONS = 1000


class LogLinear(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Poisson regression in units of the target's mean, so that ``alpha`` fits any unit.

    Its score equations need the mean to be right and nothing else of the Poisson distribution, so
    numbers need not be counts (Gourieroux, Monfort and Trognon 1984, "Pseudo maximum likelihood
    methods: applications to Poisson models", Econometrica 52).

    Parameters
    ----------
    alpha : float
        L2 penalty beside the sum of the rows' deviances, as in Ridge.

    Attributes
    ----------
    coef_ : numpy.ndarray, shape (columns,)
    intercept_ : float
    largest_ : float
        Of the logarithms that it answers with: an exponential runs away beyond the rows that it
        was fitted on, so that no answer exceeds their largest number.
    """

    def __init__(self, *, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, values: Numbers, target: NDArray[Any]) -> LogLinear:
        """Fit to ``values`` of shape (rows, columns) and a target with some number above 0."""
        mean = np.mean(target)
        newton = values.shape[1] <= MOST_COLUMNS_OF_NEWTON
        fitted = PoissonRegressor(
            alpha=self.alpha / len(target),
            solver="newton-cholesky" if newton else "lbfgs",
            max_iter=ITERATIONS,
        ).fit(values, target / mean)
        self.coef_ = fitted.coef_
        self.intercept_ = float(fitted.intercept_ + np.log(mean))
        self.largest_ = float(np.log(np.max(target)))
        return self

    def predict(self, values: Numbers) -> Numbers:
        """Return numbers above 0, shape (rows,)."""
        return np.asarray(np.exp(np.minimum(values @ self.coef_ + self.intercept_, self.largest_)))
