"""Which class probabilities mean: the most probable one, or the one furthest above its threshold.

Part of the model: `training.fit.threshold` chooses it, and the endpoint applies it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


def most_probable(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the position of each row's largest number; of equal ones, the first."""
    return np.asarray(probabilities.argmax(axis=1))


@dataclass(frozen=True)
class Threshold:
    """What is predicted, and why.

    Parameters
    ----------
    aim : str
        As in the hyperparameter ``threshold``, or ``most_probable``.
    why : str
        ``asked`` for, ``even`` or ``skewed`` classes where nothing was, or the aim could not be
        met: ``no_rows`` to choose on, ``weighed`` classes, which are balanced already.
    ratio : float
        How many times the rows of the smallest class the largest one has, in training.
    positive_class : str or None
        None where there are not two classes.
    thresholds : mapping or None
        By class. Of two, the positive one is predicted where its probability reaches its own; of
        more, the one whose probability is the largest multiple of its own. None: the most probable.
    held_out : mapping
        What that reaches on the rows it was chosen on: ``rows``, ``positives`` and shares such as
        ``sensitivity``. It was chosen to be good there, so that new rows tend to show less.
    reason : str
        All that, in words.
    """

    aim: str
    why: str
    ratio: float
    positive_class: str | None
    thresholds: Mapping[str, float] | None
    held_out: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``model.json`` has."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Threshold:
        """Return what `to_dict` was called on."""
        return cls(**document)

    def positions(
        self, labels: Sequence[str], probabilities: NDArray[np.float64]
    ) -> NDArray[np.intp]:
        """Return the position of each row's predicted class.

        Parameters
        ----------
        labels : sequence of str
            The model's classes, in the order of the columns.
        probabilities : numpy.ndarray, shape (rows, classes)
        """
        if self.thresholds is None:
            return most_probable(probabilities)
        if self.positive_class is None:
            own = [self.thresholds[label] for label in labels]
            return most_probable(probabilities / own)
        positive = list(labels).index(self.positive_class)
        reached = probabilities[:, positive] >= self.thresholds[self.positive_class]
        return np.where(reached, positive, 1 - positive)
