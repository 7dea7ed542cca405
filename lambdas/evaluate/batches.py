"""Requests that an endpoint accepts: cut from the test split, sized by its answers, or sampled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.rows import Layout, Row, cells_of
from lambdas.shared.documents.bucket import ObjectFile
from lambdas.shared.requests import LARGEST_REQUEST, Sizing


@dataclass(frozen=True)
class Batch:
    """One request.

    Parameters
    ----------
    first_row : int
        Number of its first row in the test split, from 1, without header.
    header : bytes
        The features' names as a CSV line.
    rows : sequence of Row
        At least one.
    """

    first_row: int
    header: bytes
    rows: Sequence[Row]

    @property
    def body(self) -> bytes:
        """CSV with header, of the features only."""
        return b"\n".join([self.header, *(row.sent for row in self.rows), b""])

    @property
    def place(self) -> str:
        """Which test rows it contains, for a message."""
        return f"{self.first_row}\u2013{self.first_row + len(self.rows) - 1}"

    def halves(self) -> tuple[Batch, Batch]:
        """Return two requests with half of the rows each."""
        middle = len(self.rows) // 2
        return (
            Batch(self.first_row, self.header, self.rows[:middle]),
            Batch(self.first_row + middle, self.header, self.rows[middle:]),
        )


def cut(rows: Iterable[Row], header: bytes, size: Sizing, first_row: int = 1) -> Iterator[Batch]:
    """Yield the batches in order; ``size`` may change between them."""
    taken: list[Row] = []
    length = len(header) + 1
    for row in rows:
        is_full = len(taken) >= size.rows
        if taken and (is_full or length + len(row.sent) + 1 > LARGEST_REQUEST):
            yield Batch(first_row, header, taken)
            first_row += len(taken)
            taken, length = [], len(header) + 1
        taken.append(row)
        length += len(row.sent) + 1
    if taken:
        yield Batch(first_row, header, taken)


SEED = 0


@dataclass(frozen=True)
class Sample:
    """Some test rows.

    Parameters
    ----------
    header : bytes
        The features' names as a CSV line.
    positions : numpy.ndarray of int, shape (rows,)
        Positions of the rows in the test split, from 0, growing.
    rows : sequence of Row
    """

    header: bytes
    positions: NDArray[np.int64]
    rows: Sequence[Row]

    @property
    def columns(self) -> list[str]:
        """Names of the features, in the order of the cells."""
        return cells_of(self.header)

    def batch(self, rows: Sequence[Row]) -> Batch:
        """Return a request with rows like those of the sample."""
        return Batch(1, self.header, rows)


def draw(file: ObjectFile, layout: Layout, rows: int, wanted: int) -> Sample:
    """Draw rows without replacement.

    Parameters
    ----------
    file : ObjectFile
        The test split, behind its header.
    layout : Layout
    rows : int
        How many there are.
    wanted : int
        How many to draw at most.
    """
    positions = np.arange(rows)
    if rows > wanted:
        positions = np.sort(np.random.default_rng(SEED).choice(rows, wanted, replace=False))
    return take(file, layout, positions)


def take(file: ObjectFile, layout: Layout, positions: NDArray[np.int64]) -> Sample:
    """Read the rows at some positions, which grow; of long rows, only as many as one request takes.

    Parameters
    ----------
    file : ObjectFile
        The test split, behind its header.
    layout : Layout
    positions : numpy.ndarray of int
    """
    chosen = set(positions.tolist())
    found = enumerate(layout.rows(file, layout.length))
    taken = [row for position, row in found if position in chosen]
    # As one request takes them: of long rows, every second, third or so.
    step = ceil(sum(len(row.sent) + 1 for row in taken) / LARGEST_REQUEST)
    return Sample(layout.header, positions[::step], taken[::step])
