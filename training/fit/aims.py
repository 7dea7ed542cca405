"""What a decision threshold is chosen for: the hyperparameter `threshold`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.errors import HyperparameterError

UNSET, BALANCED = "auto", "balanced"
_NUMBERS = {UNSET: 0, BALANCED: 0, "f1": 0, "sensitivity": 1, "specificity": 1, "cost": 2}


@dataclass(frozen=True)
class Aim:
    """What a threshold is chosen for.

    Parameters
    ----------
    kind : str
        ``auto``, ``balanced``, ``f1``, ``sensitivity``, ``specificity``, ``number`` or ``cost``.
    numbers : tuple of float
        The least share, the number itself, or the costs of a false negative and a false positive.
    """

    kind: str
    numbers: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """As the hyperparameter has it."""
        kind = [] if self.kind == "number" else [self.kind]
        return ":".join([*kind, *(f"{number:.12g}" for number in self.numbers)])


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
    if kind not in _NUMBERS:
        kind, numbers = "number", [kind, *numbers]
    try:
        aim = Aim(kind, tuple(map(float, numbers)))
    except ValueError as error:
        raise _unreadable() from error
    highest = math.inf if kind == "cost" else 1.0 if kind == "number" else math.nextafter(1, 2)
    if len(numbers) != _NUMBERS.get(kind, 1) or not all(0 < each < highest for each in aim.numbers):
        raise _unreadable()
    return aim


def _unreadable() -> HyperparameterError:
    return HyperparameterError(
        "hyperparameter 'threshold' must be balanced, f1, a number between 0 and 1, "
        "sensitivity:<share>, specificity:<share> or cost:<false negative>:<false positive>"
    )
