"""What a fitted estimator says of rows that are checked already.

The ways in this module leave scikit-learn's own checks out, or its loop over trees; tests hold
every number against the estimator's own, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge

from training.boosting import Boosting
from training.forest import Forest

Evaluator = Callable[[Any], Any]

FORESTS = (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
BOOSTINGS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


def evaluator(model: Any) -> Evaluator:
    """Return the quickest way to ask a fitted estimator.

    Returns
    -------
    callable
        Takes float64 of shape (rows, columns) without missing values; returns class probabilities
        of shape (rows, classes), or numbers of shape (rows,) or (rows, 1).
    """
    if isinstance(model, FORESTS):
        forest = Forest(model)
        return lambda values: forest.mean(values.astype(np.float32))
    if isinstance(model, BOOSTINGS):
        return Boosting(model).outputs
    if isinstance(model, Ridge):
        return _ridge(model)
    if isinstance(model, LogisticRegression) and len(model.classes_) == 2:
        return _logistic(model)
    ask: Evaluator = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    return ask


def _ridge(model: Ridge) -> Evaluator:
    coefficients, intercept = model.coef_, model.intercept_
    return lambda values: values @ coefficients + intercept


def _logistic(model: LogisticRegression) -> Evaluator:
    coefficients, intercept = model.coef_.T, model.intercept_

    def ask(values: Any) -> Any:
        second = expit((values @ coefficients + intercept)[:, 0])
        return np.stack([1 - second, second], axis=1)

    return ask
