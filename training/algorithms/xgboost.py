"""Gradient boosting of XGBoost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import (
    CLASS_WEIGHT,
    LEARNING_RATE,
    ROUNDS_MEANING,
    Algorithm,
    Parameter,
    Tunable,
)


def _build(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    from training.model.xgboost_estimator import XGBoost

    weight = None if values["class_weight"] == "none" else values["class_weight"]
    own = {name: value for name, value in values.items() if name != "categories"}
    return XGBoost(
        is_classification=is_classification, seed=seed, **{**own, "class_weight": weight}
    )


ALGORITHM = Algorithm(
    "Gradient boosting by XGBoost, with its regularisation and subsampling. Needs its package in "
    "the job and in the model, some 6 MB.",
    {
        "n_estimators": Parameter(int, 0, ROUNDS_MEANING, 0, 5000, Tunable(50, 500, "log")),
        "learning_rate": LEARNING_RATE,
        "max_depth": Parameter(
            int, 6, "deepest level of a tree; 0 is no limit", 0, 1000, Tunable(2, 10)
        ),
        "min_child_weight": Parameter(
            float, 1.0, "least weight of the rows in a leaf", 0, 1e6, Tunable(0.5, 20, "log")
        ),
        "subsample": Parameter(
            float, 1.0, "share of the rows for each tree", 0.05, 1, Tunable(0.5, 1)
        ),
        "colsample_bytree": Parameter(
            float, 1.0, "share of the columns for each tree", 0.05, 1, Tunable(0.4, 1)
        ),
        "reg_lambda": Parameter(
            float, 1.0, "L2 penalty on the leaves' values", 0, 1e6, Tunable(1e-3, 100, "log")
        ),
        "reg_alpha": Parameter(
            float, 0.0, "L1 penalty on the leaves' values", 0, 1e6, Tunable(1e-6, 10, "log")
        ),
        "categories": Parameter(
            str,
            "numbers",
            "what a column of categories becomes: a number each, or a column each",
            choices=("numbers", "columns"),
        ),
        "class_weight": CLASS_WEIGHT,
    },
    _build,
    trusted=("training.model.xgboost_estimator.XGBoost",),
    rounds="n_estimators",
    encoding="ordinal",
    portfolio=(
        {"learning_rate": 0.07, "min_child_weight": 2, "subsample": 0.8, "colsample_bytree": 0.8},
        {
            "learning_rate": 0.07,
            "max_depth": 3,
            "subsample": 0.8,
            "colsample_bytree": 0.6,
            "reg_lambda": 3,
            "categories": "columns",
        },
        {"max_depth": 1, "subsample": 0.8, "colsample_bytree": 0.6},
    ),
    over_hosts=True,
    packages=("xgboost-cpu==3.2.0",),
)
