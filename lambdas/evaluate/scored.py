"""Test rows with what the endpoint made of them, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lambdas.shared.positive_class import PositiveClass

# Labels that say by themselves, in English or Spanish, "has it"; anything else goes by sorting.
_POSITIVE = frozenset(
    {
        *("1", "true", "t", "yes", "y", "positive", "pos", "+", "malignant", "abnormal", "disease"),
        *("diseased", "sick", "case", "present", "dead", "died", "death", "event"),
        *("sí", "si", "verdadero", "positivo", "positiva", "maligno", "maligna", "anormal"),
        *("enfermo", "enferma", "enfermedad", "caso", "muerto", "muerta", "fallecido", "fallecida"),
    }
)


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
        A class that the model has never seen has probability 0.
    positive : int or None
        Position of the positive class of a binary task.
    positive_rule : str or None
        What chose it.
    """

    task: str
    truth: Any
    predicted: Any
    labels: tuple[str, ...] = ()
    probabilities: Any = None
    positive: int | None = None
    positive_rule: str | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.truth)

    def only(self, rows: Any) -> Scored:
        """Return some of the rows, chosen by a mask or by positions."""
        probabilities = None if self.probabilities is None else self.probabilities[:, rows]
        return replace(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            probabilities=probabilities,
        )

    def always(self, answer: Any) -> Scored:
        """Return the same rows as a model would answer them that never looks at one.

        Parameters
        ----------
        answer : float or numpy.ndarray of float64, shape (classes,)
            A number for regression; else each class's share, of which the largest is predicted.
        """
        if self.task == "regression":
            return replace(self, predicted=np.full(self.rows, float(answer)))
        return replace(
            self,
            predicted=np.full(self.rows, int(answer.argmax()), dtype=np.int32),
            probabilities=np.broadcast_to(answer[:, None], (len(answer), self.rows)),
        )


def choose_positive(labels: Sequence[str], named: PositiveClass | None = None) -> PositiveClass:
    """Return the positive one of two classes, and the rule that chose it.

    Parameters
    ----------
    labels : sequence of str
    named : PositiveClass, optional
        The one to take; not among the labels, as with a champion of other classes, it does not
        count.
    """
    if named is not None and named.label in labels:
        return named
    marked = [label for label in labels if label.strip().lower() in _POSITIVE]
    if len(marked) == 1:
        return PositiveClass(marked[0], "the class whose name says that something is present")
    return PositiveClass(sorted(labels)[1], "the second class in sorted order")


def confusion_matrix(scored: Scored) -> Any:
    """Count rows by true class (rows) and predicted class (columns), in the labels' order."""
    classes = len(scored.labels)
    cells = scored.truth.astype(np.int64) * classes + scored.predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
