"""The hyperparameter `threshold` as an aim."""

from __future__ import annotations

from training.errors import HyperparameterError
from training.written_aims import KINDS, UNSET, Aim

NO_AIM = Aim(UNSET)


def parse_aim(text: str) -> Aim:
    """Read the hyperparameter, such as ``balanced``, ``sensitivity:0.95``, ``cost:10:1``, ``0.3``.

    It has neither blanks nor signs that a shell would read: the container may pass it through one.

    Raises
    ------
    HyperparameterError
        If it is no aim.
    """
    kind, *numbers = text.split(":")
    if kind not in KINDS - {"number"}:
        kind, numbers = "number", [kind, *numbers]
    try:
        aim = Aim(kind, tuple(map(float, numbers)))
    except ValueError as error:
        raise _unreadable() from error
    if not aim.is_possible:
        raise _unreadable()
    return aim


def _unreadable() -> HyperparameterError:
    return HyperparameterError(
        "hyperparameter 'threshold' must be balanced, f1, a number between 0 and 1, "
        "sensitivity:<share>, specificity:<share> or cost:<false negative>:<false positive>"
    )
