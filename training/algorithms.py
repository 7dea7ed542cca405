"""The algorithms a training job can be asked for, as data: no library is imported here.

Settings, tuning jobs, the documentation and training itself all read this one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AlgorithmName = Literal[
    "random_forest", "extra_trees", "hist_gradient_boosting", "linear", "xgboost", "auto"
]
DEFAULT_ALGORITHM: AlgorithmName = "random_forest"


@dataclass(frozen=True)
class Tunable:
    """Where a tuning job looks for a better value; for a text, among all its choices.

    Parameters
    ----------
    minimum, maximum : float
        Inclusive range of a number.
    scale : str
        ``linear`` or ``log``.
    """

    minimum: float = 0
    maximum: float = 0
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter.

    Parameters
    ----------
    kind : type
        ``int``, ``float`` or ``str``.
    default : int, float or str
        Value where none is given.
    meaning : str
        One line for the documentation.
    minimum, maximum : float
        Inclusive range of a number.
    choices : tuple of str
        Allowed words for a text.
    tunable : Tunable or None
        Range of a tuning job; None where tuning leaves the default.
    """

    kind: type[int] | type[float] | type[str]
    default: int | float | str
    meaning: str
    minimum: float = float("-inf")
    maximum: float = float("inf")
    choices: tuple[str, ...] = ()
    tunable: Tunable | None = None

    def allows(self, value: int | float | str) -> bool:
        """Whether a value of the right kind is in range."""
        if isinstance(value, str):
            return value in self.choices
        return self.minimum <= value <= self.maximum


@dataclass(frozen=True)
class Algorithm:
    """What a user can know about an algorithm before it runs.

    Parameters
    ----------
    meaning : str
        What it is, in a sentence for the documentation.
    parameters : mapping
        Hyperparameters by name.
    is_packaged : bool
        Whether AWS's image lacks its library, so that jobs are given the larger source bundle.
    """

    meaning: str
    parameters: Mapping[str, Parameter]
    is_packaged: bool = False


# Every algorithm takes it; the largest is what numpy's generator takes.
SEED = Parameter(int, 0, "seed of everything random", minimum=0, maximum=2**32 - 1)
CLASS_WEIGHT = Parameter(
    str,
    "auto",
    "weight of rare classes; `auto` balances them where the largest class is ten times the "
    "smallest or more; regression ignores it",
    choices=("auto", "none", "balanced"),
)
MAX_DEPTH = Parameter(int, 0, "deepest level of a tree; 0 is no limit", minimum=0, maximum=1000)


def _forest() -> dict[str, Parameter]:
    # 300 trees: on breast cancer the file is 0.7 MB and loads in 0.2 s (docs/developers.md), and
    # beyond some hundred trees a forest's error hardly moves.
    return {
        "n_estimators": Parameter(
            int, 300, "trees", minimum=1, maximum=5000, tunable=Tunable(100, 600)
        ),
        "max_depth": MAX_DEPTH,
        "min_samples_leaf": Parameter(
            int,
            1,
            "fewest rows in a leaf",
            minimum=1,
            maximum=1_000_000,
            tunable=Tunable(1, 20, "log"),
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


LEARNING_RATE = Parameter(
    float,
    0.1,
    "weight of each new tree",
    minimum=1e-4,
    maximum=1,
    tunable=Tunable(0.01, 0.3, "log"),
)

ALGORITHMS: dict[AlgorithmName, Algorithm] = {
    "random_forest": Algorithm(
        "Random forest: many deep trees on resampled rows, averaged. Good without tuning.",
        _forest(),
    ),
    "extra_trees": Algorithm(
        "Extremely randomised trees: like a random forest, with random thresholds; quicker, "
        "smoother.",
        _forest(),
    ),
    "hist_gradient_boosting": Algorithm(
        "Gradient boosting on binned columns: trees that correct each other. Often best on some "
        "thousand rows and more.",
        {
            "learning_rate": LEARNING_RATE,
            "max_iter": Parameter(
                int,
                100,
                "rounds of boosting",
                minimum=1,
                maximum=5000,
                tunable=Tunable(50, 500, "log"),
            ),
            "max_leaf_nodes": Parameter(
                int,
                31,
                "most leaves of a tree",
                minimum=2,
                maximum=4096,
                tunable=Tunable(7, 127, "log"),
            ),
            "max_depth": MAX_DEPTH,
            "min_samples_leaf": Parameter(
                int,
                20,
                "fewest rows in a leaf",
                minimum=1,
                maximum=1_000_000,
                tunable=Tunable(2, 100, "log"),
            ),
            "l2_regularization": Parameter(
                float,
                0.0,
                "penalty on the leaves' values",
                minimum=0,
                maximum=1e6,
                tunable=Tunable(1e-6, 10, "log"),
            ),
            "class_weight": CLASS_WEIGHT,
        },
    ),
    "linear": Algorithm(
        "Logistic regression for classes, ridge regression for numbers, both with an L2 penalty. "
        "The plainest model, and hard to beat on few rows.",
        {
            "alpha": Parameter(
                float,
                1.0,
                "strength of the penalty (scikit-learn's `alpha` of Ridge, 1/`C` of "
                "LogisticRegression)",
                minimum=1e-6,
                maximum=1e6,
                tunable=Tunable(1e-3, 1e3, "log"),
            ),
            "class_weight": CLASS_WEIGHT,
        },
    ),
    "xgboost": Algorithm(
        "Gradient boosting by XGBoost, with its regularisation and subsampling. Needs its package "
        "in the job and in the model, some 6 MB.",
        {
            "n_estimators": Parameter(
                int,
                100,
                "rounds of boosting",
                minimum=1,
                maximum=5000,
                tunable=Tunable(50, 500, "log"),
            ),
            "learning_rate": LEARNING_RATE,
            "max_depth": Parameter(
                int,
                6,
                "deepest level of a tree; 0 is no limit",
                minimum=0,
                maximum=1000,
                tunable=Tunable(2, 10),
            ),
            "min_child_weight": Parameter(
                float,
                1.0,
                "least weight of the rows in a leaf",
                minimum=0,
                maximum=1e6,
                tunable=Tunable(0.5, 20, "log"),
            ),
            "subsample": Parameter(
                float,
                1.0,
                "share of the rows for each tree",
                minimum=0.05,
                maximum=1,
                tunable=Tunable(0.5, 1),
            ),
            "colsample_bytree": Parameter(
                float,
                1.0,
                "share of the columns for each tree",
                minimum=0.05,
                maximum=1,
                tunable=Tunable(0.4, 1),
            ),
            "reg_lambda": Parameter(
                float,
                1.0,
                "L2 penalty on the leaves' values",
                minimum=0,
                maximum=1e6,
                tunable=Tunable(1e-3, 100, "log"),
            ),
            "reg_alpha": Parameter(
                float,
                0.0,
                "L1 penalty on the leaves' values",
                minimum=0,
                maximum=1e6,
                tunable=Tunable(1e-6, 10, "log"),
            ),
            "class_weight": CLASS_WEIGHT,
        },
        is_packaged=True,
    ),
    "auto": Algorithm(
        "Compares linear, random_forest, extra_trees and hist_gradient_boosting with their "
        "defaults by cross-validation on the training rows, and takes the best. model.json says "
        "why, with every score.",
        {
            "time_budget_seconds": Parameter(
                int,
                120,
                "no further fold is begun after this time; the first is always done",
                minimum=1,
                maximum=86_400,
            ),
            "class_weight": CLASS_WEIGHT,
        },
    ),
}
PACKAGED = tuple(name for name, about in ALGORITHMS.items() if about.is_packaged)
