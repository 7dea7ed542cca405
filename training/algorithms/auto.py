"""Several algorithms together, each with the weight that it earns on rows held out."""

from training.algorithms import (
    additive,
    extra_trees,
    hist_gradient_boosting,
    linear,
    random_forest,
    xgboost,
)
from training.algorithms._declaration import CLASS_WEIGHT, Algorithm, Parameter

_MEMBERS = (additive, extra_trees, hist_gradient_boosting, linear, random_forest, xgboost)

ALGORITHM = Algorithm(
    "Fits the algorithms below in several configurations, holds rows out to find out how good each "
    "is, and combines them with the weights with which they are best together. `model.json` has "
    "every figure.",
    {
        "time_budget_seconds": Parameter(
            int,
            60,
            "no further fold is begun after this time; the first is always done",
            1,
            86_400,
        ),
        "class_weight": CLASS_WEIGHT,
    },
    trusted=tuple(sorted({name for each in _MEMBERS for name in each.ALGORITHM.trusted})),
    packages=xgboost.ALGORITHM.packages,
)
