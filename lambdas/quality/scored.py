"""Test rows with what the endpoint made of them, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.shared.findings.message import Message


@dataclass(frozen=True)
class Scored:
    """Rows with truth and prediction.

    Parameters
    ----------
    task : str
        ``binary``, ``multiclass`` or ``regression``.
    truth, predicted : numpy.ndarray, shape (rows,)
        Positions in ``labels`` for classes, float64 for regression.
    labels : tuple of str
        Classes, sorted; empty for regression.
    probabilities : numpy.ndarray of float64, shape (classes, rows)
        Empty for regression. A class that the model has never seen has probability 0.
    positive : int or None
        Position of the positive class of a binary task.
    positive_rule : Message or None
        What chose it.
    """

    task: str
    truth: NDArray[Any]
    predicted: NDArray[Any]
    labels: tuple[str, ...] = ()
    probabilities: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    positive: int | None = None
    positive_rule: Message | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.truth)

    def only(self, rows: NDArray[Any]) -> Scored:
        """Return some of the rows, chosen by a mask or by positions."""
        return replace(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            probabilities=self.probabilities[:, rows] if self.labels else self.probabilities,
        )

    def always(self, answer: float | NDArray[np.float64]) -> Scored:
        """Return the same rows with the same answer for each.

        Parameters
        ----------
        answer : float or numpy.ndarray of float64, shape (classes,)
            A number for regression; else each class's share, of which the largest is predicted.
        """
        if isinstance(answer, float):
            return replace(self, predicted=np.full(self.rows, answer))
        return replace(
            self,
            predicted=np.full(self.rows, int(answer.argmax()), dtype=np.int32),
            probabilities=np.broadcast_to(answer[:, None], (len(answer), self.rows)),
        )


def confusion_matrix(scored: Scored) -> NDArray[np.int64]:
    """Count rows by true class (rows) and predicted class (columns), in the labels' order."""
    classes = len(scored.labels)
    cells = scored.truth.astype(np.int64) * classes + scored.predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
