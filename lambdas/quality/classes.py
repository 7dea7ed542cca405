"""Figures of each class, and what all classification tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdas.evaluate.scored import Scored
from lambdas.quality.bootstrap import MOST_REPLICATES, SEED, Resampled, from_spread
from lambdas.quality.figure import Figure
from lambdas.quality.intervals import f1_share, mean_of, share

_CELLS_AT_ONCE = 1_000_000
Figures = Mapping[str, Figure | None]


@dataclass(frozen=True)
class Counts:
    """How often a class was right, claimed and true."""

    right: int
    claimed: int
    actual: int

    @property
    def recall(self) -> Figure | None:
        """Share of its rows that were found."""
        return share(self.right, self.actual)

    @property
    def precision(self) -> Figure | None:
        """Share of the rows claimed for it that are its own."""
        return share(self.right, self.claimed)

    @property
    def f1(self) -> Figure | None:
        """Harmonic mean of both."""
        return f1_share(self.right, self.claimed, self.actual)


def counts(matrix: Any) -> list[Counts]:
    """Return the counts of each class, from a confusion matrix."""
    return [
        Counts(int(matrix[index, index]), int(matrix[:, index].sum()), int(matrix[index].sum()))
        for index in range(len(matrix))
    ]


def accuracy(matrix: Any) -> Figure | None:
    """Return the share of right rows."""
    return share(int(np.trace(matrix)), int(matrix.sum()))


def balanced_accuracy(matrix: Any) -> Figure | None:
    """Return the mean recall of the classes that occur."""
    recalls = [each.recall for each in counts(matrix)]
    return mean_of([found for found in recalls if found is not None])


def f1_macro(matrix: Any) -> Figure | None:
    """Return the mean F1 of the classes that occur or are predicted.

    An error counts against two classes, so their figures are no independent ones. Drawing rows anew
    is drawing a confusion matrix anew; where there is no error to draw, the classes' intervals do.
    """
    found = mean_of([f1 for each in counts(matrix) if (f1 := each.f1) is not None])
    if found is None or not (matrix.sum() - np.trace(matrix)):
        return found
    rows, classes = int(matrix.sum()), len(matrix)
    generator = np.random.default_rng(SEED)
    spread = np.empty(MOST_REPLICATES)
    step = max(1, _CELLS_AT_ONCE // matrix.size)
    for start in range(0, MOST_REPLICATES, step):
        count = min(step, MOST_REPLICATES - start)
        drawn = generator.multinomial(rows, matrix.ravel() / rows, size=count)
        spread[start : start + count] = _f1_means(drawn.reshape(count, classes, classes))
    return from_spread(found.value, spread, "bootstrap")


def _f1_means(matrices: Any) -> Any:
    right = np.diagonal(matrices, axis1=1, axis2=2)
    among = matrices.sum(axis=1) + matrices.sum(axis=2)
    each = np.divide(2 * right, among, out=np.zeros(right.shape), where=among > 0)
    return each.sum(axis=1) / np.count_nonzero(among, axis=1)


def losses(scored: Scored) -> Any:
    """Return each row's log loss, in nats: minus the logarithm of its class's probability.

    Probabilities are kept a float's rounding away from 0 and 1, as scikit-learn does.
    """
    of_truth = scored.probabilities[scored.truth, np.arange(scored.rows)]
    rounding = np.finfo(np.float64).eps
    return -np.log(np.clip(of_truth, rounding, 1 - rounding))


def log_loss(scored: Scored) -> Figure | None:
    """Return the mean log loss."""
    return Resampled(losses(scored)[None]).figure(lambda means: means[0])
