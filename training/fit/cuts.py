"""Every way to cut rows in two by their scores, and what each way gets right.

Thresholds between the same two scores decide alike on these rows, so a cut stands for all of them,
and rows of equal scores are never torn apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_MOST_ROUNDED = 0.05  # of a probability, or of what it lacks to 1


@dataclass(frozen=True)
class Cuts:
    """The cuts, from the lowest on; arrays have shape (cuts,).

    Parameters
    ----------
    low, high : numpy.ndarray
        A threshold above ``low`` and up to ``high`` makes the cut: scores that reach it are
        positive.
    true_positives, false_positives : numpy.ndarray
    positives, negatives : int
        Rows of each class.
    """

    low: Floats
    high: Floats
    true_positives: NDArray[np.intp]
    false_positives: NDArray[np.intp]
    positives: int
    negatives: int

    @classmethod
    def of(cls, scores: Floats, happened: NDArray[np.bool_]) -> Cuts:
        """Return the cuts of rows with scores from 0 to 1."""
        met = np.unique(scores)
        low, high = np.append(0.0, met), np.append(met, 1.0)
        low, high = low[low < high], high[low < high]
        sides = (np.sort(scores[happened]), np.sort(scores[~happened]))
        true, false = (len(side) - np.searchsorted(side, high) for side in sides)
        return cls(low, high, true, false, len(sides[0]), len(sides[1]))

    @property
    def sensitivity(self) -> Floats:
        """Share of the positive rows that are found."""
        return np.asarray(self.true_positives / self.positives)

    @property
    def specificity(self) -> Floats:
        """Share of the negative rows that are left alone."""
        return np.asarray(1 - self.false_positives / self.negatives)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of sensitivity and precision."""
        predicted = self.true_positives + self.false_positives
        return np.asarray(2 * self.true_positives / (predicted + self.positives))

    def cost(self, false_negative: float, false_positive: float) -> Floats:
        """Sum of what errors cost."""
        missed = self.positives - self.true_positives
        return np.asarray(false_negative * missed + false_positive * self.false_positives)

    def threshold(self, at: int, wanted: float | None = None) -> float:
        """Return a threshold of a cut, with as few digits as it allows.

        Parameters
        ----------
        at : int
        wanted : float, optional
            The one to be near to, if it makes this cut; otherwise the middle is as far from the
            rows on both sides as can be.
        """
        low, high = float(self.low[at]), float(self.high[at])
        target = wanted if wanted is not None and low < wanted < high else (low + high) / 2
        most = _MOST_ROUNDED * min(target, 1 - target)
        rounded = (round(target, digits) for digits in range(1, 17))
        near = (value for value in rounded if abs(value - target) <= most)
        return next((value for value in near if low < value < high), target)

    def nearest(self, kept: NDArray[np.bool_], wanted: float) -> int:
        """Return, of the kept cuts, the one nearest to a threshold."""
        away = np.maximum(0, np.maximum(self.low - wanted, wanted - self.high))
        return int(np.argmin(np.where(kept, away, np.inf)))
