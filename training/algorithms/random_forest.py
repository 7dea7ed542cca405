"""Random forest, and what it has in common with extremely randomised trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import (
    CLASS_WEIGHT,
    MAX_DEPTH,
    Algorithm,
    Parameter,
    Tunable,
    in_scikit_learns_words,
)

FOREST_PARAMETERS = {
    # 300 trees: on breast cancer the file is 0.7 MB and loads in 0.2 s (docs/developers.md), and
    # beyond some hundred trees a forest's error hardly moves.
    "n_estimators": Parameter(int, 300, "trees", 1, 5000, Tunable(100, 600)),
    "max_depth": MAX_DEPTH,
    "min_samples_leaf": Parameter(
        int, 1, "fewest rows in a leaf", 1, 1_000_000, Tunable(1, 20, "log")
    ),
    "max_features": Parameter(
        str,
        "sqrt",
        "columns looked at in each split",
        choices=("sqrt", "log2", "all"),
        tunable=Tunable(),
    ),
    "class_weight": CLASS_WEIGHT,
}
TREE_TYPE = "sklearn.tree._tree.Tree"


def forest(
    classifier: type, regressor: type, is_classification: bool, seed: int, values: Mapping[str, Any]
) -> Any:
    """Return the unfitted one of two classes of forests."""
    chosen, weight = in_scikit_learns_words(values)
    shared = {**chosen, "random_state": seed, "n_jobs": -1}
    return classifier(**shared, class_weight=weight) if is_classification else regressor(**shared)


def _build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    return forest(RandomForestClassifier, RandomForestRegressor, is_classification, seed, values)


ALGORITHM = Algorithm(
    "Random forest: many deep trees on resampled rows, averaged. Good without tuning.",
    FOREST_PARAMETERS,
    _build,
    trusted=(TREE_TYPE,),
    rounds="n_estimators",
    auto_rank=2,
)
