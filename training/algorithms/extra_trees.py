"""Extremely randomised trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import Algorithm
from training.algorithms.random_forest import FOREST_PARAMETERS, TREE_TYPE, forest


def _build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    return forest(ExtraTreesClassifier, ExtraTreesRegressor, is_classification, seed, values, "all")


ALGORITHM = Algorithm(
    "Extremely randomised trees: like a random forest, with random thresholds; quicker, smoother.",
    FOREST_PARAMETERS,
    _build,
    trusted=(TREE_TYPE,),
    rounds="n_estimators",
    encoding="ordinal",
    portfolio=({"n_estimators": 100},),
)
