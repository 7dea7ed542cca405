"""Rows of the test split: what is sent, what is kept back, and where each one ends.

Nearly every line of a CSV file has no quotes, so that its cells are what stands between commas;
only the others go through a CSV parser, at ten times the cost.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

csv.field_size_limit(2**31 - 1)


class Row(NamedTuple):
    """One row (a tuple: a million of these pass through).

    Attributes
    ----------
    end : int
        Byte of the file after it.
    sent : bytes
        Its features as a CSV line, without a line end.
    truth : str
        Its target.
    groups : tuple of str
        Its cells in the columns to compare by.
    """

    end: int
    sent: bytes
    truth: str
    groups: tuple[str, ...] = ()


class Layout:
    """Which cells go where.

    Parameters
    ----------
    header : bytes
        The file's first record: a line, or several where a name contains line ends.
    target : str
    features : sequence of str or None
        What to send; None for all but the target.
    groups : sequence of str
        Columns to compare by.
    """

    def __init__(
        self,
        header: bytes,
        target: str,
        features: Sequence[str] | None = None,
        groups: Sequence[str] = (),
    ) -> None:
        self._names = cells_of(header)
        self.length = len(header)
        self._target = self._names.index(target)
        wanted = set(self._names) - {target} if features is None else set(features) - {target}
        self._sent = [index for index, name in enumerate(self._names) if name in wanted]
        self._groups = [self._names.index(name) for name in groups]
        self.header = line_of(self.columns)
        # If the columns that are not sent all come last, one cut of the line is enough.
        leads = self._sent == list(range(len(self._sent)))
        is_one_cut = leads and min(self._groups, default=len(self._sent)) >= len(self._sent)
        self._cut = len(self._names) - len(self._sent) if is_one_cut else None

    @property
    def columns(self) -> list[str]:
        """Names of what is sent, in order."""
        return [self._names[index] for index in self._sent]

    def rows(self, lines: Iterable[bytes], position: int) -> Iterator[Row]:
        """Yield the rows.

        Parameters
        ----------
        lines : iterable of bytes
            Lines from the first one of a row on.
        position : int
            Byte of the file at which they begin.
        """
        rest = iter(lines)
        for line in rest:
            if b'"' in line:
                record = whole_record(line, rest)
                position += len(record)
                yield self._parsed(record, position)
            else:
                position += len(line)
                yield self._split(line.rstrip(b"\r\n"), position)

    def _split(self, line: bytes, end: int) -> Row:
        if self._cut:
            sent, *cells = line.rsplit(b",", self._cut)
            first = len(self._sent)
        else:
            cells, first = line.split(b","), 0
            sent = b",".join([cells[index] for index in self._sent])
        truth = cells[self._target - first].decode()
        if not self._groups:
            return Row(end, sent or b'""', truth)
        groups = tuple([cells[index - first].decode() for index in self._groups])
        return Row(end, sent or b'""', truth, groups)

    def _parsed(self, record: bytes, end: int) -> Row:
        cells = cells_of(record)
        sent = line_of([cells[index] for index in self._sent])
        return Row(end, sent, cells[self._target], tuple(cells[index] for index in self._groups))


def with_cell(row: Row, cells: Sequence[str], place: int, value: str) -> Row:
    """Return a row, whose cells are these, with another cell in one column."""
    return row._replace(sent=line_of([*cells[:place], value, *cells[place + 1 :]]))


def whole_record(line: bytes, rest: Iterator[bytes]) -> bytes:
    """Return a line with those its record continues in: a quoted cell may contain line ends."""
    lines, quotes = [line], line.count(b'"')
    # Quotes inside a cell are doubled, so that the count of a whole record is even.
    while quotes % 2 and (more := next(rest, b"")):
        lines.append(more)
        quotes += more.count(b'"')
    return b"".join(lines)


def cells_of(record: bytes) -> list[str]:
    """Return the cells of a CSV line, or of several where a cell contains line ends."""
    return next(csv.reader(io.StringIO(record.decode("utf-8"), newline="")))


def line_of(cells: Sequence[str]) -> bytes:
    """Return cells as a CSV line without a line end."""
    text = io.StringIO(newline="")
    # Before Python 3.13 only the letters of the line end were quoted, so it has both.
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n").encode()
