"""From the predictions file to arrays, a block of rows at a time.

Memory per row: 16 bytes, 8 for each class, and 4 for each group column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.endpoint import PROBABILITY, Answer
from lambdas.quality.scored import Scored
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message
from lambdas.shared.positive_class import PositiveClass, choose_positive

GROUP = "group:"
FIXED = ("row", "actual", "prediction")
_BLOCK = 10_000


@dataclass
class Codes:
    """Texts as numbers, in the order of their first occurrence."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, texts: Iterable[str]) -> list[int]:
        """Return the texts' numbers, giving new ones where needed."""
        return [self.known.setdefault(text, len(self.known)) for text in texts]


@dataclass(frozen=True)
class Loaded:
    """The predictions, and by group column each row's number and the groups' names."""

    scored: Scored
    groups: dict[str, tuple[NDArray[np.int32], list[str]]]


def load(
    lines: Iterable[str], rows: int, task: str, positive: PositiveClass | None = None
) -> Loaded:
    """Read the content of ``predictions.csv``.

    Parameters
    ----------
    lines : iterable of str
        As a text file opened with ``newline=""`` gives them.
    rows : int
        How many rows there are.
    task : str
    positive : PositiveClass, optional
        The one to take; if not given, it is chosen by the classes' names.

    Raises
    ------
    EndpointRejected
        If the predictions do not fit the task.
    """
    reader = csv.reader(lines)
    table = _Table(next(reader), rows, task)
    problem = False
    try:
        for first, block in _blocks(reader):
            table.add(first, block)
    except ValueError:
        problem = True
    if problem:
        raise EndpointRejected(Message("the answers are not numbers"))
    return Loaded(table.scored(positive), table.groups())


def with_answer(answer: Answer, scored: Scored) -> Scored:
    """Return rows with the predictions of another answer."""
    columns = list(zip(*answer.rows, strict=True))
    if scored.task == "regression":
        return replace(scored, predicted=np.array(columns[0], dtype=np.float64))
    probabilities = np.zeros((len(scored.labels), len(answer.rows)))
    for name, cells in zip(answer.columns, columns, strict=True):
        if name.startswith(PROBABILITY):
            place = scored.labels.index(name.removeprefix(PROBABILITY))
            probabilities[place] = np.array(cells, dtype=np.float64)
    return replace(scored, probabilities=probabilities)


def _blocks(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[list[str]]]]:
    first = 0
    while block := list(islice(reader, _BLOCK)):
        yield first, block
        first += len(block)


class _Table:
    """Grows block by block into arrays of known size."""

    def __init__(self, header: list[str], rows: int, task: str) -> None:
        self._task = task
        self._at = {name: index for index, name in enumerate(header)}
        self._classes = [name for name in header if name.startswith(PROBABILITY)]
        self._group_columns = [name for name in header if name.startswith(GROUP)]
        is_regression = task == "regression"
        if not is_regression and len(self._classes) < 2:
            raise EndpointRejected(Message("the answers name fewer than two classes"))
        kind = np.float64 if is_regression else np.int32
        self._pair = np.empty((2, rows), dtype=kind)
        self._probabilities = np.empty((len(self._classes), rows))
        self._codes = Codes()
        self._codes.of(name.removeprefix(PROBABILITY) for name in self._classes)
        self._groups = {
            name: (np.empty(rows, dtype=np.int32), Codes()) for name in self._group_columns
        }

    def add(self, first: int, block: list[list[str]]) -> None:
        place = slice(first, first + len(block))
        columns = list(zip(*block, strict=True))
        for index, name in enumerate(("actual", "prediction")):
            texts = columns[self._at[name]]
            values = texts if self._task == "regression" else self._codes.of(texts)
            self._pair[index, place] = np.array(values, dtype=self._pair.dtype)
        for index, name in enumerate(self._classes):
            cells = columns[self._at[name]]
            self._probabilities[index, place] = np.array(cells, dtype=np.float64)
        for name, (numbers, codes) in self._groups.items():
            numbers[place] = codes.of(columns[self._at[name]])

    def scored(self, positive: PositiveClass | None) -> Scored:
        truth, predicted = self._pair
        if self._task == "regression":
            return Scored("regression", truth, predicted)
        met = list(self._codes.known)
        labels = tuple(sorted(met))
        order = np.array([labels.index(label) for label in met], dtype=np.int32)
        is_binary = self._task == "binary" and len(labels) == 2
        chosen = choose_positive(labels, positive) if is_binary else None
        return Scored(
            task="binary" if is_binary else "multiclass",
            truth=order[truth],
            predicted=order[predicted],
            labels=labels,
            probabilities=self._sorted(labels),
            positive=labels.index(chosen.label) if chosen else None,
            positive_rule=chosen.rule if chosen else None,
        )

    def _sorted(self, labels: tuple[str, ...]) -> NDArray[np.float64]:
        """Bring the probabilities into the labels' order; those never seen get rows of zeros."""
        names = [name.removeprefix(PROBABILITY) for name in self._classes]
        if list(labels) == names:
            return self._probabilities
        by_label = np.zeros((len(labels), self._probabilities.shape[1]))
        for name, row in zip(names, self._probabilities, strict=True):
            by_label[labels.index(name)] = row
        return by_label

    def groups(self) -> dict[str, tuple[NDArray[np.int32], list[str]]]:
        return {
            name.removeprefix(GROUP): (numbers, list(codes.known))
            for name, (numbers, codes) in self._groups.items()
        }
