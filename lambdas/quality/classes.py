"""Figures of each class, and what all classification tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import MOST_REPLICATES, SEED, Resampled, from_spread
from lambdas.quality.intervals import Figure, f1_share, mean_of, share
from lambdas.quality.scored import Scored

_CELLS_AT_ONCE = 1_000_000
Figures = Mapping[str, Figure | None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Rows by class, of one confusion matrix or of each of several.

    Parameters
    ----------
    actual, predicted, true_positives : numpy.ndarray, shape (..., classes)
        Rows of the class, rows predicted as it, and those that are both.
    """

    actual: NDArray[Any]
    predicted: NDArray[Any]
    true_positives: NDArray[Any]

    @staticmethod
    def of(matrices: NDArray[np.int64]) -> Counts:
        """Count in confusion matrices, shape (..., classes, classes)."""
        diagonal = np.diagonal(matrices, axis1=-2, axis2=-1)
        return Counts(matrices.sum(axis=-1), matrices.sum(axis=-2), diagonal)

    @property
    def accuracy(self) -> Floats:
        """Share of rows that are predicted correctly, shape (...,)."""
        found: Floats = self.true_positives.sum(axis=-1) / self.actual.sum(axis=-1)
        return found

    @property
    def recalls(self) -> Floats:
        """Share of each class's rows that are predicted as it; NaN for those that do not occur."""
        return _ratio(self.true_positives, self.actual)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of recall and precision; NaN for classes neither actual nor predicted."""
        return _ratio(2 * self.true_positives, self.actual + self.predicted)

    def recall_of(self, index: int) -> Figure | None:
        """Return the recall of a class."""
        return share(int(self.true_positives[index]), int(self.actual[index]))

    def precision_of(self, index: int) -> Figure | None:
        """Return the share of the rows predicted as a class that are of it."""
        return share(int(self.true_positives[index]), int(self.predicted[index]))

    def f1_of(self, index: int) -> Figure | None:
        """Return the F1 of a class."""
        counted = (self.true_positives, self.predicted, self.actual)
        return f1_share(*(int(each[index]) for each in counted))

    @property
    def classes(self) -> range:
        """Positions of the classes."""
        return range(self.actual.shape[-1])


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found


def mean_over_classes(values: Floats) -> Floats:
    """Average over the classes that have a value, shape (..., classes) to (...,)."""
    has_value = np.isfinite(values)
    found: Floats = np.where(has_value, values, 0).sum(axis=-1) / has_value.sum(axis=-1)
    return found


def accuracy(counts: Counts) -> Figure | None:
    """Return the share of rows that are predicted correctly."""
    return share(int(counts.true_positives.sum()), int(counts.actual.sum()))


def balanced_accuracy(counts: Counts) -> Figure | None:
    """Return the mean recall of the classes that occur."""
    return mean_of([each for at in counts.classes if (each := counts.recall_of(at)) is not None])


def f1_macro(matrix: NDArray[np.int64]) -> Figure | None:
    """Return the mean F1 of the classes that occur or are predicted.

    An error counts against two classes, so their figures are not independent. Resampling rows is
    resampling a confusion matrix; where there is no error to draw, the classes' intervals are used.
    """
    counts = Counts.of(matrix)
    found = mean_of([f1 for at in counts.classes if (f1 := counts.f1_of(at)) is not None])
    if found is None or not (matrix.sum() - np.trace(matrix)):
        return found
    rows = int(matrix.sum())
    generator = np.random.default_rng(SEED)
    spread = np.empty(MOST_REPLICATES)
    step = max(1, _CELLS_AT_ONCE // matrix.size)
    for start in range(0, MOST_REPLICATES, step):
        count = min(step, MOST_REPLICATES - start)
        drawn = generator.multinomial(rows, matrix.ravel() / rows, size=count)
        resampled = Counts.of(drawn.reshape(count, *matrix.shape))
        spread[start : start + count] = mean_over_classes(resampled.f1)
    return from_spread(found.value, spread, "bootstrap")


def losses(scored: Scored) -> Floats:
    """Return each row's log loss, in nats: minus the logarithm of its class's probability.

    Probabilities are kept a float's rounding away from 0 and 1, as scikit-learn does.
    """
    of_truth = scored.probabilities[scored.truth, np.arange(scored.rows)]
    rounding = np.finfo(np.float64).eps
    found: Floats = -np.log(np.clip(of_truth, rounding, 1 - rounding))
    return found


def log_loss(scored: Scored) -> Figure | None:
    """Return the mean log loss."""
    return Resampled(losses(scored)[None]).figure(lambda means: means[0])
