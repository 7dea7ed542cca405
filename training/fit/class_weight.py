"""Whether rare classes get more weight, and fitting with that weight in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.utils.class_weight import compute_sample_weight

from training.fit.hyperparameters import Hyperparameters

# Below this, weights move probabilities and gain little; above, a plain fit may never predict the
# rare class.
SKEWED = 10
_FORESTS = (ExtraTreesClassifier, RandomForestClassifier)


@dataclass(frozen=True)
class ClassWeight:
    """What was chosen, and a sentence that says why."""

    chosen: str
    reason: str


def choose_class_weight(asked: str, target: NDArray[np.str_]) -> ClassWeight:
    """Settle ``auto``: balanced where the largest class is ``SKEWED`` times the smallest or more.

    Parameters
    ----------
    asked : str
        ``auto``, ``none`` or ``balanced``.
    target : numpy.ndarray, shape (rows,)
        Classes of the training split.
    """
    if asked != "auto":
        return ClassWeight(asked, "set by the user")
    counts = np.unique(target, return_counts=True)[1]
    ratio = counts.max() / counts.min()
    chosen = "balanced" if ratio >= SKEWED else "none"
    return ClassWeight(
        chosen,
        f"the largest class has {ratio:.1f} times the rows of the smallest; "
        f"classes are balanced from {SKEWED} times on",
    )


def settle(settings: Hyperparameters, weight: ClassWeight | None) -> Hyperparameters:
    """Return the hyperparameters with the class weight settled; ``none`` for regression."""
    if "class_weight" not in settings.values:
        return settings
    chosen = weight.chosen if weight else "none"
    return replace(settings, values={**settings.values, "class_weight": chosen})


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
