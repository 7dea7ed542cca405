"""Linear models: logistic regression, or ridge regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import (
    CLASS_WEIGHT,
    LINK,
    Algorithm,
    Parameter,
    Tunable,
    in_scikit_learns_words,
)

# lbfgs stops far earlier on scaled columns; the figure only bounds hopeless cases.
ITERATIONS = 1000


def linear(is_classification: bool, seed: int, values: Mapping[str, Any]) -> Any:
    """Return the unfitted linear model for classes or numbers."""
    from sklearn.linear_model import LogisticRegression, Ridge

    from training.model.log_linear import LogLinear

    chosen, weight = in_scikit_learns_words(values)
    if is_classification:
        return LogisticRegression(
            C=1 / chosen["alpha"], class_weight=weight, max_iter=ITERATIONS, random_state=seed
        )
    if chosen["link"] == "log":
        return LogLinear(alpha=chosen["alpha"])
    return Ridge(alpha=chosen["alpha"], random_state=seed)


LOG_LINEAR = "training.model.log_linear.LogLinear"
LINEAR_PARAMETERS = {
    "alpha": Parameter(
        float,
        1.0,
        "strength of the penalty (scikit-learn's `alpha` of Ridge, 1/`C` of LogisticRegression)",
        1e-6,
        1e6,
        Tunable(1e-3, 1e3, "log"),
    ),
    "link": LINK,
    "class_weight": CLASS_WEIGHT,
}


ALGORITHM = Algorithm(
    "Logistic regression for classes, ridge regression for numbers, both with an L2 penalty. The "
    "plainest model, and hard to beat on few rows.",
    LINEAR_PARAMETERS,
    linear,
    trusted=(LOG_LINEAR,),
    portfolio=({"alpha": 1.0}, {"alpha": 1.0, "link": "log"}),
)
