"""Linear models: logistic regression, or ridge regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.algorithms._declaration import (
    CLASS_WEIGHT,
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

    chosen, weight = in_scikit_learns_words(values)
    if is_classification:
        return LogisticRegression(
            C=1 / chosen["alpha"], class_weight=weight, max_iter=ITERATIONS, random_state=seed
        )
    return Ridge(alpha=chosen["alpha"], random_state=seed)


LINEAR_PARAMETERS = {
    "alpha": Parameter(
        float,
        1.0,
        "strength of the penalty (scikit-learn's `alpha` of Ridge, 1/`C` of LogisticRegression)",
        1e-6,
        1e6,
        Tunable(1e-3, 1e3, "log"),
    ),
    "class_weight": CLASS_WEIGHT,
}


ALGORITHM = Algorithm(
    "Logistic regression for classes, ridge regression for numbers, both with an L2 penalty. The "
    "plainest model, and hard to beat on few rows.",
    LINEAR_PARAMETERS,
    linear,
    portfolio=({"alpha": 1.0},),
)
