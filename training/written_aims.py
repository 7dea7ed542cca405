"""What a decision threshold is chosen for, as the setting and the hyperparameter `threshold` say.

Imports nothing but the standard library, as the Lambdas use it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

UNSET, BALANCED = "auto", "balanced"
# Of each kind, how many numbers it has, and below what they must be; a share may be 1.
_BELOW_1, _UP_TO_1 = 1.0, math.nextafter(1, 2)
_NUMBERS = {
    UNSET: (0, 0.0),
    BALANCED: (0, 0.0),
    "f1": (0, 0.0),
    "sensitivity": (1, _UP_TO_1),
    "specificity": (1, _UP_TO_1),
    "number": (1, _BELOW_1),
    "cost": (2, math.inf),
}
KINDS = frozenset(_NUMBERS)


@dataclass(frozen=True)
class Aim:
    """What a threshold is chosen for.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    numbers : tuple of float
        The least share, the number itself, or the costs of a false negative and a false positive.
    """

    kind: str
    numbers: tuple[float, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether its numbers are as many as its kind has, and in range."""
        count, limit = _NUMBERS[self.kind]
        return len(self.numbers) == count and all(0 < number < limit for number in self.numbers)

    @property
    def text(self) -> str:
        """As the hyperparameter has it, without blanks or signs that a shell would read."""
        kind = [] if self.kind == "number" else [self.kind]
        return ":".join([*kind, *self.written])

    @property
    def written(self) -> list[str]:
        """Its numbers as texts."""
        return [f"{number:.12g}" for number in self.numbers]
