"""The algorithms a training job can be asked for, and the hyperparameters each one takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter.

    Parameters
    ----------
    kind : type
        ``int``, ``float`` or ``str``.
    default : int, float, str or None
        Value where none is given.
    minimum, maximum : float
        Inclusive range of a number.
    choices : tuple of str
        Allowed words for a text.
    """

    kind: type
    default: int | float | str | None
    minimum: float = float("-inf")
    maximum: float = float("inf")
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Algorithm:
    """How to make an unfitted scikit-learn estimator.

    Parameters
    ----------
    parameters : mapping
        Hyperparameters by name.
    build : callable
        ``build(is_classification, seed, values)`` returns the estimator.
    """

    parameters: Mapping[str, Parameter]
    build: Callable[[bool, int, Mapping[str, Any]], Any]


def _random_forest(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    chosen = dict(values)
    chosen["max_depth"] = chosen["max_depth"] or None  # 0 stands for no limit
    if chosen["max_features"] == "all":
        chosen["max_features"] = None
    weight = chosen.pop("class_weight")
    shared = {**chosen, "random_state": seed, "n_jobs": -1}
    if is_classification:
        return RandomForestClassifier(**shared, class_weight=None if weight == "none" else weight)
    return RandomForestRegressor(**shared)


# 300 trees: on breast cancer the file is 0.7 MB and loads in 0.2 s (docs/container.md), and
# beyond some hundred trees a forest's error hardly moves.
ALGORITHMS: dict[str, Algorithm] = {
    "random_forest": Algorithm(
        parameters={
            "n_estimators": Parameter(int, 300, minimum=1, maximum=5000),
            "max_depth": Parameter(int, 0, minimum=0),
            "min_samples_leaf": Parameter(int, 1, minimum=1),
            "max_features": Parameter(str, "sqrt", choices=("sqrt", "log2", "all")),
            "class_weight": Parameter(str, "none", choices=("none", "balanced")),
        },
        build=_random_forest,
    ),
}
