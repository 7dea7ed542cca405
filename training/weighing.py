"""Fit a model with its class weight in force."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.utils.class_weight import compute_sample_weight

_FORESTS = (ExtraTreesClassifier, RandomForestClassifier)


def fit_weighted(model: Any, values: Any, target: Any) -> Any:
    """Fit and return ``model``.

    scikit-learn 1.9 makes a forest's balanced weights by label, then looks each label up as a whole
    number if it can be read as one, and so never finds the texts ``"0"`` and ``"1"``. The same
    weights given by row need no look-up.

    Parameters
    ----------
    model : estimator
    values : array-like, shape (rows, columns)
    target : numpy.ndarray, shape (rows,)
    """
    if not isinstance(model, _FORESTS) or model.class_weight != "balanced":
        return model.fit(values, target)
    weights = compute_sample_weight("balanced", target)
    model.set_params(class_weight=None)
    try:
        return model.fit(values, target, sample_weight=weights)
    finally:
        model.set_params(class_weight="balanced")


def fit_pipeline_weighted(pipeline: Any, features: Any, target: Any) -> Any:
    """Fit and return a pipeline of ``preprocess`` and ``model``."""
    values = pipeline.named_steps["preprocess"].fit_transform(features, target)
    fit_weighted(pipeline.named_steps["model"], values, target)
    return pipeline
