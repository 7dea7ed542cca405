"""The quickest way to the outputs of a fitted estimator, for rows that are checked already.

It leaves out scikit-learn's own checks, or its loop over trees; tests hold every number against the
estimator's own, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
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

from training.model.ensemble import Ensemble
from training.serve.tree_walk import Boosting, Forest

Numbers = NDArray[np.float64]
Predict = Callable[[Numbers], Numbers]

FORESTS = (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
BOOSTINGS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


def quick_prediction(model: Any) -> Predict:
    """Return the quickest prediction function of a fitted estimator; its own for unknown ones.

    Returns
    -------
    callable
        Takes numbers of shape (rows, columns) without missing ones; returns class probabilities
        of shape (rows, classes), or numbers of shape (rows,) or (rows, 1).
    """
    if isinstance(model, Ensemble):
        return _ensemble(model)
    if isinstance(model, FORESTS):
        return Forest(model).outputs
    if isinstance(model, BOOSTINGS):
        return Boosting(model).outputs
    if isinstance(model, Ridge):
        return lambda values: values @ model.coef_ + model.intercept_
    if isinstance(model, LogisticRegression) and len(model.classes_) == 2:
        return _logistic(model)
    predict: Predict = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    return predict


def _ensemble(ensemble: Ensemble) -> Predict:
    members = [
        (quick_prediction(model), columns)
        for model, columns in zip(ensemble.models, ensemble.columns, strict=True)
    ]
    are_numbers = ensemble.base_rates is None

    def predict(values: Numbers) -> Numbers:
        outputs = [ask(values[:, columns]) for ask, columns in members]
        return ensemble.combined([np.ravel(each) for each in outputs] if are_numbers else outputs)

    return predict


def _logistic(model: LogisticRegression) -> Predict:
    coefficients, intercept = model.coef_.T, model.intercept_

    def predict(values: Numbers) -> Numbers:
        second = expit((values @ coefficients + intercept)[:, 0])
        return np.stack([1 - second, second], axis=1)

    return predict
