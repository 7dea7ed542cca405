"""The scikit-learn estimator that each algorithm stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge

from training.xgboost_trees import XGBoost

# lbfgs stops far earlier on scaled columns; the figure only bounds hopeless cases.
LINEAR_ITERATIONS = 1000


@dataclass(frozen=True)
class Recipe:
    """How to make an algorithm's unfitted estimator, and what its file may hold.

    Parameters
    ----------
    build : callable
        ``build(is_classification, seed, values)`` returns the estimator; ``values`` are the
        complete hyperparameters with ``class_weight`` settled to ``none`` or ``balanced``.
    trusted : tuple of str
        Types in the fitted estimator beyond what skops trusts by itself (scikit-learn's public
        estimators, numpy's arrays, plain containers). Never extended from a file's own content.
    has_own_file : bool
        Whether its library's own format holds what was learned, through ``save`` and ``load``.
    rounds : str or None
        Hyperparameter that says in how many rounds it learns; such an algorithm can go on from a
        checkpoint.
    """

    build: Callable[[bool, int, Mapping[str, Any]], Any]
    trusted: tuple[str, ...] = ()
    has_own_file: bool = False
    rounds: str | None = None


def _split_weight(values: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Part the hyperparameters from the class weight, in scikit-learn's spelling."""
    chosen = dict(values)
    weight = chosen.pop("class_weight")
    if "max_depth" in chosen:
        chosen["max_depth"] = chosen["max_depth"] or None  # 0 stands for no limit
    if chosen.get("max_features") == "all":
        chosen["max_features"] = None
    return chosen, None if weight == "none" else weight


def _trees(classifier: type, regressor: type) -> Callable[[bool, int, Mapping[str, Any]], Any]:
    def build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
        chosen, weight = _split_weight(values)
        shared = {**chosen, "random_state": seed, "n_jobs": -1}
        if is_classification:
            return classifier(**shared, class_weight=weight)
        return regressor(**shared)

    return build


def _boosting(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    chosen, weight = _split_weight(values)
    # Early stopping would hold back rows of its own; the number of rounds is a setting instead.
    shared = {**chosen, "random_state": seed, "early_stopping": False}
    if is_classification:
        return HistGradientBoostingClassifier(**shared, class_weight=weight)
    return HistGradientBoostingRegressor(**shared)


def _linear(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    chosen, weight = _split_weight(values)
    alpha = chosen["alpha"]
    if is_classification:
        return LogisticRegression(
            C=1 / alpha, class_weight=weight, max_iter=LINEAR_ITERATIONS, random_state=seed
        )
    return Ridge(alpha=alpha, random_state=seed)


def _xgboost(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    chosen = dict(values)
    weight = chosen.pop("class_weight")
    return XGBoost(
        is_classification=is_classification,
        seed=seed,
        class_weight=None if weight == "none" else weight,
        **chosen,
    )


_TREE = "sklearn.tree._tree.Tree"
_BOOSTED_TREE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"

RECIPES: dict[str, Recipe] = {
    "random_forest": Recipe(
        _trees(RandomForestClassifier, RandomForestRegressor), (_TREE,), rounds="n_estimators"
    ),
    "extra_trees": Recipe(
        _trees(ExtraTreesClassifier, ExtraTreesRegressor), (_TREE,), rounds="n_estimators"
    ),
    "hist_gradient_boosting": Recipe(_boosting, (_BOOSTED_TREE,), rounds="max_iter"),
    "linear": Recipe(_linear),
    "xgboost": Recipe(
        _xgboost,
        ("training.xgboost_trees.XGBoost",),
        has_own_file=True,
        rounds="n_estimators",
    ),
}
