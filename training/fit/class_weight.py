"""Fitting with the classes' weights in force."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.utils.class_weight import compute_sample_weight

_FORESTS = (ExtraTreesClassifier, RandomForestClassifier)


def fit_weighted(model: Any, values: ArrayLike, target: NDArray[Any]) -> Any:
    """Fit and return ``model``, on values of shape (rows, columns) and a target of shape (rows,).

    scikit-learn 1.9 makes a forest's balanced weights by label, then looks each label up as a whole
    number if it can be read as one, and so never finds the texts ``"0"`` and ``"1"``. The same
    weights given by row need no look-up.
    """
    if not isinstance(model, _FORESTS) or model.class_weight != "balanced":
        return model.fit(values, target)
    weights = compute_sample_weight("balanced", target)
    model.set_params(class_weight=None)
    try:
        return model.fit(values, target, sample_weight=weights)
    finally:
        model.set_params(class_weight="balanced")


def fit_pipeline_weighted(pipeline: Any, features: Any, target: NDArray[Any]) -> None:
    """Fit a pipeline of ``preprocess`` and ``model`` on a table and a target of shape (rows,)."""
    values = pipeline.named_steps["preprocess"].fit_transform(features, target)
    fit_weighted(pipeline.named_steps["model"], values, target)
