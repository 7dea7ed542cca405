"""Means of figures per row under seeded resampling of the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.intervals import Figure, figure

SEED = 0
MOST_REPLICATES = 2000
FEWEST_REPLICATES = 200
_DRAWS = 200_000_000  # rows drawn in all: seconds of work; beyond, fewer replicates will do
_DRAWS_AT_ONCE = 1_000_000  # rows in memory
_ENDS = (2.5, 97.5)


def replicates(rows: int) -> int:
    """Return how often so many rows are resampled: 2,000 times, from a million rows on 200."""
    return max(FEWEST_REPLICATES, min(MOST_REPLICATES, _DRAWS // max(1, rows)))


class Resampled:
    """Means over all rows, and over each of many resamplings of them.

    Parameters
    ----------
    columns : numpy.ndarray of float64, shape (figures, rows)
        A figure a row each.
    """

    def __init__(self, columns: NDArray[np.float64]) -> None:
        rows = columns.shape[1]
        generator = np.random.default_rng(SEED)
        self.means = columns.mean(axis=1)
        self.resampled = np.empty((len(columns), replicates(rows)))
        step = max(1, _DRAWS_AT_ONCE // rows)
        for start in range(0, self.resampled.shape[1], step):
            count = min(step, self.resampled.shape[1] - start)
            drawn = generator.integers(0, rows, size=(count, rows), dtype=np.int32)
            for index, column in enumerate(columns):
                self.resampled[index, start : start + count] = column[drawn].mean(axis=1)

    def figure(self, formula: Callable[[NDArray[np.float64]], Any]) -> Figure | None:
        """Return a figure made of the means.

        Parameters
        ----------
        formula : callable
            Takes the means, shape (figures,) or (figures, replicates).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(formula(self.means))
            spread = np.asarray(formula(self.resampled), dtype=np.float64)
        return from_spread(value, spread, "bootstrap")


def from_spread(value: float, spread: NDArray[np.float64], method: str) -> Figure | None:
    """Return a figure with the interval that its resampled values, shape (replicates,), give."""
    spread = spread[np.isfinite(spread)]
    if not len(spread):
        return None
    low, high = np.percentile(spread, _ENDS)
    if method == "basic_bootstrap":
        low, high = max(0.0, 2 * value - high), 2 * value - low
    return figure(value, low, high, method)
