"""Every record of a file checked once: how many there are, and which are not rows of the table.

This count is independent of DuckDB's, which must come to the same. A plain line costs a comparison
of bytes; only lines with quotation marks or of another width are taken apart.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lambdas.preprocess.columns.cells import is_number
from lambdas.preprocess.read.dialect import Dialect
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed
from training.written_numbers import BLANK

# Words for totals in the languages that spreadsheets are most often in.
_TOTAL = re.compile(
    r"((grand|sub)[ -]?)?totale?s?|sums?|averages?|avg\.?|means?|counts?"
    r"|summe|gesamt(summe)?|mittelwert|durchschnitt|anzahl|suma|promedio|media|somme|moyenne|totaal"
    r"|итого|всего",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[*©(\[]|(source|note|generated|created|exported|printed|page|end of|rows?|records?|quelle"
    r"|hinweis|fuente|nota|página|remarque)\b",
    re.IGNORECASE,
)
LONGEST_ROW_BYTES = 16 << 20
_BOM = b"\xef\xbb\xbf"
_MOST_BELOW = 20
_TAIL_BYTES = 1 << 16
_NOTHING = BLANK + "\x1a"  # some programs end a file as DOS did


@dataclass
class Problems:
    """What is known of records that are not rows: all are counted, the first are remembered.

    Parameters
    ----------
    ragged : list of (int, int)
        Row and fields of the first records of another width.
    widths : Counter of int
        How many there are of each other width.
    broken : list of int
        The first rows with broken quotes.
    repeated_headers : list of int
        The first rows that repeat the header.
    below : list of int
        Rows below the table, in their order.
    """

    ragged: list[tuple[int, int]] = field(default_factory=list)
    widths: Counter[int] = field(default_factory=Counter)
    broken: list[int] = field(default_factory=list)
    repeated_headers: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    def add_ragged(self, row: int, fields: int) -> None:
        """Add a record of another width."""
        self.widths[fields] += 1
        if len(self.ragged) < NAMED:
            self.ragged.append((row, fields))

    def findings(self, width: int, excluded: Counter[str], rows: int) -> Iterator[Finding]:
        """Yield a finding for each of the first, and for each kind how many more there are.

        Parameters
        ----------
        width : int
            Fields of a row.
        excluded : Counter of str
            How many records there are of each kind.
        rows : int
            How many are rows.
        """
        yield from self._about_excluded(excluded)
        yield from self._about_ragged(width, rows)
        for row in self.broken:
            text = Message(
                "row {row} has a quotation mark that does not close or stands alone",
                row=listed([row]),
            )
            yield Finding("BrokenQuotes", text, row=row)
        yield from _more("BrokenQuotes", excluded["broken_quotes"] - len(self.broken))

    def _about_excluded(self, excluded: Counter[str]) -> Iterator[Finding]:
        if self.repeated_headers:
            rows = self.repeated_headers
            text = Message(
                "{count} row repeats the header and is excluded: row {rows}",
                "{count} rows repeat the header and are excluded: rows {rows}",
                count=excluded["repeated_header"],
                rows=listed(rows),
            )
            yield Finding("RepeatedHeader", text, row=rows[0])
        if self.below:
            first = self.below[0]
            text = Message(
                "row {first} is below the table and is excluded",
                "{count} rows below the table are excluded, from row {first} on",
                count=len(self.below),
                first=listed([first]),
            )
            yield Finding("LinesBelowTable", text, row=first)

    def _about_ragged(self, width: int, rows: int) -> Iterator[Finding]:
        if not self.ragged:
            return
        usual, often = self.widths.most_common(1)[0]
        if often > max(rows, NAMED):
            text = Message(
                "the header has {count} field where {rows} rows have {fields}",
                "the header has {count} fields where {rows} rows have {fields}",
                count=width,
                rows=often,
                fields=usual,
            )
            yield Finding("RaggedRows", text, row=self.ragged[0][0])
            return
        for row, fields in self.ragged:
            text = Message(
                "row {row} has {count} field where the header has {width}",
                "row {row} has {count} fields where the header has {width}",
                row=listed([row]),
                count=fields,
                width=width,
            )
            yield Finding("RaggedRows", text, row=row)
        yield from _more("RaggedRows", self.widths.total() - len(self.ragged))


def _more(code: str, count: int) -> Iterator[Finding]:
    if count > 0:
        text = Message(
            "{count} more row has such problems",
            "{count} more rows have such problems",
            count=count,
        )
        yield Finding(code, text)


def is_total(cells: Sequence[str], above: Sequence[str]) -> bool:
    """Return whether a full row is the total of those above it.

    Parameters
    ----------
    above : sequence of str
        The row above it, empty if there is none.
    """
    if not above or not begins_as_total(cells):
        return False
    first = next(place for place, cell in enumerate(cells) if cell.strip())
    has_gap = sum(not cell.strip() for cell in cells) > sum(not cell.strip() for cell in above)
    return has_gap or (first < len(above) and is_number(above[first].strip()))


def begins_as_total(cells: Sequence[str]) -> bool:
    """Return whether the first filled cell is a word for a total."""
    filled = (cell for cell in cells if cell.strip())
    return _is_word_for_total(next(filled, ""))


def is_note(cells: Sequence[str], width: int, below_blank_line: bool, is_cut_off: bool) -> bool:
    """Return whether a record that is not a row of the table is a note below it.

    A row that lost its end when the file was cut off is none.

    Parameters
    ----------
    width : int
        Fields of a row.
    is_cut_off : bool
        Whether the file may end within this record, as no line end follows it.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or is_number(filled[0]) or (len(cells) > width and len(filled) > 1):
        return not filled
    first = filled[0]
    said = below_blank_line or ":" in first or _NOTE.match(first) or _is_word_for_total(first)
    return bool(said) or (len(filled) == 1 and " " in first and not is_cut_off)


def _is_word_for_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().rstrip(":").rstrip()) is not None


@dataclass
class Records:
    """What the records of a file are.

    Parameters
    ----------
    rows : int
        Records that are rows of the table.
    excluded : Counter of str
        The others below the header, by reason; blank lines are not counted.
    begin : int
        Where the first record below the header begins, in bytes.
    cuts : array of int
        Begin and end, in bytes, of each record that is not a row.
    gaps : array of int
        For each record that is not a row, blank lines included, how many rows stand above it.
    longest : int
        Bytes of the longest line.
    """

    rows: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    begin: int = 0
    cuts: array[int] = field(default_factory=lambda: array("Q"))
    gaps: array[int] = field(default_factory=lambda: array("Q"))
    longest: int = 0
    problems: Problems = field(default_factory=Problems)

    def cut(self, begin: int, end: int) -> None:
        """Note a record that is not a row."""
        self.cuts.extend((begin, end))
        self.gaps.append(self.rows)


def examine(path: Path, dialect: Dialect, skip_last_rows: int | None = None) -> Records:
    """Read every record.

    Parameters
    ----------
    path : Path
        In UTF-8, its lines ended in one way.
    skip_last_rows : int, optional
        How many records at the end are not rows; found from the file if it is not given.
    """
    with path.open("rb") as file:
        once = _Pass(file, dialect)
        once.read()
        once.end(skip_last_rows)
    return once.records


@dataclass
class _Misfit:
    """A record of another width than the table's."""

    row: int
    rows_above: int
    begin: int
    cells: list[str]
    below_blank_line: bool


class _Pass:
    """One way through a file."""

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        self.records = Records()
        self._file = file
        self._style = dialect.style
        self._header = [name.casefold() for name in dialect.header]
        self._width = len(dialect.names)
        self._row = dialect.row - 1
        self._last_blank = -1
        self._misfits: deque[_Misfit] = deque()
        self._waiting, self._taken = b"", list[bytes]()
        self._offset = self._skip(dialect.skip)
        self.records.begin = self._offset
        if dialect.second_headers:
            self.records.excluded["second_header"] = dialect.second_headers
        csv.field_size_limit(LONGEST_ROW_BYTES)
        self._reader = csv.reader(self._lines(), strict=True, **self._style.for_csv)

    def _skip(self, lines: int) -> int:
        for _ in range(lines):
            self._file.readline()
        if not lines and self._file.read(len(_BOM)) != _BOM:
            self._file.seek(0)
        return self._file.tell()

    def read(self) -> None:
        """Go through all records."""
        file, found = self._file, self.records
        quote, delimiter = (self._style.quote or "\0").encode(), self._style.delimiter.encode()
        others = (
            self._width - 1 or -1
        )  # a table of one column has no line that need not be taken apart
        firsts = self._first_bytes()
        rows = longest = 0
        for line in file:
            if quote not in line and line.count(delimiter) == others and line[0] not in firsts:
                rows += 1
                self._offset += len(line)
                if len(line) > longest:  # noqa: PLR1730 - max() takes several times as long
                    longest = len(line)
                continue
            found.rows, self._row = found.rows + rows, self._row + rows
            rows = 0
            self._take_apart(line)
        found.rows, self._row = found.rows + rows, self._row + rows
        found.longest = max(found.longest, longest)

    def _first_bytes(self) -> frozenset[int]:
        """Return the bytes that a line may begin with if it repeats the header."""
        if not self._header:
            return frozenset()
        first = self._header[0] or self._style.delimiter
        # A file with a byte order mark that was put behind another brings it along.
        letters = {first[0].lower(), first[0].upper(), first[0].title(), " ", "\t", "\ufeff"}
        return frozenset(letter.encode()[0] for letter in letters)

    def _lines(self) -> Iterator[str]:
        """Yield the line that waits, and those that follow if its record goes on."""
        while line := self._waiting or next(self._file, b""):
            self._waiting = b""
            self._offset += len(line)
            self._taken.append(line)
            yield line.decode()

    def _take_apart(self, line: bytes) -> None:
        found, begin = self.records, self._offset
        self._row += 1
        cells = self._cells(line)
        found.longest = max(found.longest, self._offset - begin)
        if cells is None:
            self._settle_misfits()
            _add(found.problems.broken, self._row)
            found.excluded["broken_quotes"] += 1
            found.cut(begin, self._offset)
        elif len(cells) <= 1 and not "".join(cells).strip(_NOTHING):
            self._last_blank = self._row
            found.cut(begin, self._offset)
        elif self._header and [cell.strip(BLANK).casefold() for cell in cells] == self._header:
            _add(found.problems.repeated_headers, self._row)
            found.excluded["repeated_header"] += 1
            found.cut(begin, self._offset)
        elif len(cells) == self._width:
            found.rows += 1
        else:
            self._note_misfit(begin, cells)
            found.cut(begin, self._offset)

    def _cells(self, line: bytes) -> list[str] | None:
        """Take a record apart; None if its quotes are broken."""
        self._waiting, self._taken = line, []
        try:
            return next(self._reader)
        except StopIteration:
            return []
        except csv.Error:
            return self._forgiven(b"".join(self._taken).decode())

    def _forgiven(self, text: str) -> list[str] | None:
        """Take a record apart whose only fault are blanks behind a closing quotation mark."""
        mark, delimiter = re.escape(self._style.quote), re.escape(self._style.delimiter)
        if not mark or len(self._taken) > 1:
            return None
        closed = re.sub(f"{mark}[ \t]+(?={delimiter}|[\r\n]*$)", self._style.quote, text)
        try:
            return next(csv.reader([closed], strict=True, **self._style.for_csv))
        except (csv.Error, StopIteration):
            return None

    def _note_misfit(self, begin: int, cells: list[str]) -> None:
        before = self._misfits[-1] if self._misfits else None
        below_blank_line = self._last_blank == self._row - 1 or (
            before is not None and before.row == self._row - 1 and before.below_blank_line
        )
        self._misfits.append(_Misfit(self._row, self.records.rows, begin, cells, below_blank_line))
        if len(self._misfits) > _MOST_BELOW:
            self._settle(self._misfits.popleft())

    def _settle(self, misfit: _Misfit) -> None:
        self.records.problems.add_ragged(misfit.row, len(misfit.cells))
        self.records.excluded["ragged"] += 1

    def _settle_misfits(self) -> None:
        while self._misfits:
            self._settle(self._misfits.popleft())

    def end(self, skip: int | None) -> None:
        """Part notes and totals from the rows, or as many rows as are set."""
        found, end = self.records, self._offset
        is_cut_off = not self._ends_with_line_end()
        below: list[int] = []
        while self._misfits and self._misfits[-1].rows_above == found.rows:
            last = self._misfits[-1]
            if skip is None:
                wanted = is_note(last.cells, self._width, last.below_blank_line, is_cut_off)
            else:
                wanted = len(below) < skip
            if not wanted:
                break
            below.append(last.row)
            end, self._row, is_cut_off = last.begin, last.row - 1, False
            self._misfits.pop()
        self._settle_misfits()
        below += self._rows_below(end, None if skip is None else skip - len(below))
        found.problems.below = sorted(below)
        if below:
            found.excluded["below_table"] = len(below)

    def _ends_with_line_end(self) -> bool:
        self._file.seek(max(0, self._offset - 1))
        return self._file.read(1) == b"\n"

    def _rows_below(self, end: int, skip: int | None) -> list[int]:
        """Cut rows of the table's width that are totals, or as many as are set."""
        found = self.records
        size = _TAIL_BYTES if skip is None else max(_TAIL_BYTES, skip * found.longest)
        begin = max(found.begin, end - size)
        self._file.seek(begin)
        lines = self._file.read(end - begin).splitlines(keepends=True)
        cut: list[tuple[int, int]] = []
        below: list[int] = []
        for place in range(len(lines) - 1, 0, -1):
            line, row = lines[place], self._row - (len(lines) - 1 - place)
            end -= len(line)
            if not line.strip():
                continue
            cells, above = self._alone(line), self._row_above(lines[:place])
            is_below = is_total(cells, above) if skip is None else len(below) < skip
            if len(cells) != self._width or not is_below:
                break
            cut.append((end, end + len(line)))
            below.append(row)
            found.rows -= 1
            found.gaps.append(found.rows)
        if cut:
            pairs = sorted([*zip(found.cuts[::2], found.cuts[1::2], strict=True), *cut])
            found.cuts = array("Q", [offset for pair in pairs for offset in pair])
        return below

    def _row_above(self, lines: list[bytes]) -> list[str]:
        """Return the last of some lines that is not a total itself."""
        for line in reversed(lines[-_MOST_BELOW:]):
            cells = self._alone(line)
            if cells and not begins_as_total(cells):
                return cells
        return []

    def _alone(self, line: bytes) -> list[str]:
        """Take a line apart; an empty list if it is not one of its own."""
        try:
            return next(csv.reader([line.decode()], strict=True, **self._style.for_csv), [])
        except (csv.Error, UnicodeDecodeError):
            return []


def _add(rows: list[int], row: int) -> None:
    if len(rows) < NAMED:
        rows.append(row)
