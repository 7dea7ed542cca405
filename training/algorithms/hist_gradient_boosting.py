"""Gradient boosting of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import (
    CLASS_WEIGHT,
    LEARNING_RATE,
    LINK,
    MAX_DEPTH,
    ROUNDS_MEANING,
    Algorithm,
    Parameter,
    Tunable,
    in_scikit_learns_words,
)


def _build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    chosen, weight = in_scikit_learns_words(values)
    link = chosen.pop("link")
    # Its own early stopping would hold back rows; see training/fit/early_stopping.py.
    shared = {**chosen, "random_state": seed, "early_stopping": False}
    if is_classification:
        return HistGradientBoostingClassifier(**shared, class_weight=weight)
    loss = "poisson" if link == "log" else "squared_error"
    return HistGradientBoostingRegressor(**shared, loss=loss)


ALGORITHM = Algorithm(
    "Gradient boosting on binned columns: trees that correct each other. Often best on some "
    "thousand rows and more.",
    {
        "learning_rate": LEARNING_RATE,
        "max_iter": Parameter(int, 0, ROUNDS_MEANING, 0, 5000, Tunable(50, 500, "log")),
        "max_leaf_nodes": Parameter(
            int, 31, "most leaves of a tree", 2, 4096, Tunable(7, 127, "log")
        ),
        "max_depth": MAX_DEPTH,
        "min_samples_leaf": Parameter(
            int, 20, "fewest rows in a leaf", 1, 1_000_000, Tunable(2, 100, "log")
        ),
        "l2_regularization": Parameter(
            float, 0.0, "penalty on the leaves' values", 0, 1e6, Tunable(1e-6, 10, "log")
        ),
        "link": LINK,
        "class_weight": CLASS_WEIGHT,
    },
    _build,
    trusted=("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",),
    rounds="max_iter",
    encoding="ordinal",
    portfolio=({"learning_rate": 0.07}, {"learning_rate": 0.07, "link": "log"}),
)
