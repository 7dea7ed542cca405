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
        "auto",
        "columns looked at in each split; `auto` is the square root of their number for classes, "
        "and for numbers a third of them, or all in extremely randomised trees",
        choices=("auto", "sqrt", "log2", "third", "half", "all"),
        tunable=Tunable(),
    ),
    "class_weight": CLASS_WEIGHT,
}
SHARES: dict[str, float] = {"third": 1 / 3, "half": 0.5, "all": 1.0}
TREE_TYPE = "sklearn.tree._tree.Tree"


def forest(  # noqa: PLR0913, PLR0917
    classifier: type,
    regressor: type,
    is_classification: bool,
    seed: int,
    values: Mapping[str, Any],
    for_numbers: str,
) -> Any:
    """Return the unfitted one of two classes of forests.

    ``for_numbers`` is what ``auto`` means for the columns of each split in regression.
    """
    chosen, weight = in_scikit_learns_words(values)
    if chosen["max_features"] == "auto":
        chosen["max_features"] = "sqrt" if is_classification else for_numbers
    chosen["max_features"] = SHARES.get(chosen["max_features"], chosen["max_features"])
    shared = {**chosen, "random_state": seed, "n_jobs": -1}
    return classifier(**shared, class_weight=weight) if is_classification else regressor(**shared)


def _build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    return forest(
        RandomForestClassifier, RandomForestRegressor, is_classification, seed, values, "third"
    )


ALGORITHM = Algorithm(
    "Random forest: many deep trees on resampled rows, averaged. Good without tuning.",
    FOREST_PARAMETERS,
    _build,
    trusted=(TREE_TYPE,),
    rounds="n_estimators",
    encoding="ordinal",
    portfolio=({"n_estimators": 200, "min_samples_leaf": 5, "max_features": "half"},),
)
