"""Cut the test split into requests that an endpoint accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lambdas.evaluate import sizing
from lambdas.evaluate.rows import Row
from lambdas.evaluate.sizing import Sizing


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
        """Which test rows it holds, for a message."""
        return f"{self.first_row}\u2013{self.first_row + len(self.rows) - 1}"

    def halves(self) -> tuple[Batch, Batch]:
        """Return two requests with half of the rows each."""
        middle = len(self.rows) // 2
        return (
            Batch(self.first_row, self.header, self.rows[:middle]),
            Batch(self.first_row + middle, self.header, self.rows[middle:]),
        )


def cut(rows: Iterable[Row], header: bytes, size: Sizing, first_row: int = 1) -> Iterator[Batch]:
    """Yield the batches in order; ``size`` is looked at for each anew."""
    taken: list[Row] = []
    length = len(header) + 1
    for row in rows:
        is_full = len(taken) >= size.rows
        if taken and (is_full or length + len(row.sent) + 1 > sizing.LARGEST_REQUEST):
            yield Batch(first_row, header, taken)
            first_row += len(taken)
            taken, length = [], len(header) + 1
        taken.append(row)
        length += len(row.sent) + 1
    if taken:
        yield Batch(first_row, header, taken)
