"""What an algorithm's file declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


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
    tunable : Tunable or None
        Range of a tuning job; None where tuning leaves the default.
    choices : tuple of str
        Allowed words for a text.
    """

    kind: type[int] | type[float] | type[str]
    default: int | float | str
    meaning: str
    minimum: float = float("-inf")
    maximum: float = float("inf")
    tunable: Tunable | None = None
    choices: tuple[str, ...] = ()

    def allows(self, value: int | float | str) -> bool:
        """Whether a value of the right kind is in range."""
        if isinstance(value, str):
            return value in self.choices
        return self.minimum <= value <= self.maximum


@dataclass(frozen=True)
class Algorithm:
    """An algorithm, declared in a file of its own that is named after it.

    The Lambdas read these files too: nothing but the standard library is imported at their heads.

    Parameters
    ----------
    meaning : str
        What it is, in a sentence for the documentation.
    parameters : mapping
        Hyperparameters by name.
    build : callable or None
        ``build(is_classification, seed, values)`` imports its library and returns the unfitted
        estimator; ``values`` are the complete hyperparameters. None for ``auto``, which combines
        the others.
    trusted : tuple of str
        Types in the fitted estimator beyond what skops trusts by itself (scikit-learn's public
        estimators, numpy's arrays, plain containers). Never extended from a file's own content.
    rounds : str or None
        Hyperparameter with the number of rounds that it learns in; such an algorithm can continue
        from a checkpoint, and Hyperband allots these rounds. Where it may be 0, rounds end as soon
        as more of them do not help on rows held out.
    encoding : str
        How it wants its columns: a key of ``training.model.pipeline.ENCODINGS``.
    portfolio : tuple of mapping
        Hyperparameters with which it takes part in ``auto``, where they differ from the defaults.
    over_hosts : bool
        Whether several hosts can fit it together, each with a part of the rows.
    packages : tuple of str
        Exact requirements that AWS's image lacks, the library itself first. Its jobs are given a
        source bundle of its own with the wheels that are locked beside the declaration, in a file
        named after the library (``python -m infra.packaging.locks``); locally `make setup` installs
        the same versions.
    """

    meaning: str
    parameters: Mapping[str, Parameter]
    build: Callable[[bool, int, Mapping[str, Any]], Any] | None = None
    trusted: tuple[str, ...] = ()
    rounds: str | None = None
    encoding: str = "one_hot"
    portfolio: tuple[Mapping[str, Any], ...] = ()
    over_hosts: bool = False
    packages: tuple[str, ...] = ()


# Every algorithm takes it; the largest is what numpy's generator takes.
SEED = Parameter(int, 0, "seed of everything random", 0, 2**32 - 1)
CLASS_WEIGHT = Parameter(
    str,
    "none",
    "weight of rare classes in training; `balanced` moves the probabilities away from the true "
    "shares, so `threshold` is the better answer to rare classes; regression ignores it",
    choices=("none", "balanced"),
)
ROUNDS_MEANING = "rounds of boosting; 0 is as many as help on rows held out"
MAX_DEPTH = Parameter(int, 0, "deepest level of a tree; 0 is no limit", 0, 1000)
LINK = Parameter(
    str,
    "identity",
    "what adds up: the answer, or with `log` its logarithm, for numbers that are never negative "
    "(a Poisson model of the mean); classification ignores it",
    choices=("identity", "log"),
)
LEARNING_RATE = Parameter(float, 0.1, "weight of each new tree", 1e-4, 1, Tunable(0.01, 0.3, "log"))


def in_scikit_learns_words(values: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return the hyperparameters but the class weight, and the class weight, for scikit-learn."""
    chosen = dict(values)
    weight = chosen.pop("class_weight")
    if "max_depth" in chosen:
        chosen["max_depth"] = chosen["max_depth"] or None  # 0 stands for no limit
    return chosen, None if weight == "none" else weight
