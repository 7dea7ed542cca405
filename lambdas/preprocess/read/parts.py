"""Part files as one upload: each surveyed where it is read, and all of them one table.

What a part is and holds is found by the reader of single files. What is found of all parts is what
would be found of one file with all their rows, but that rows are named with their part.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Self

import duckdb

from lambdas.preprocess.read.header import name_columns
from lambdas.preprocess.read.loading import (
    Reader,
    Sample,
    Table,
    begin,
    count_rows,
    first_gaps,
    kept_texts,
    load,
    looked_at,
    not_csv,
    reader_of,
)
from lambdas.preprocess.read.records import Problems, Records
from lambdas.preprocess.read.source import Download, SourceFile, open_source
from lambdas.shared.failures.errors import DataError, PartsDiffer, data_error
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed, verbatim
from lambdas.shared.settings.dataset import DatasetSettings


class SheetRow(int):
    """A row as a spreadsheet counts, which says in which part file it is."""

    part: str

    @classmethod
    def of(cls, row: int, part: str) -> Self:
        """Name a part's row."""
        made = cls(row)
        made.part = part
        return made

    def __str__(self) -> str:
        return f"{self.part}:{int(self)}"


@dataclass(frozen=True)
class Survey:
    """What one part is, as far as it can be read.

    Parameters
    ----------
    sha256 : str
    size : int
        In bytes.
    names : tuple of str
        Those of the header; empty where there is none.
    row : int
        The spreadsheet's number of the first row.
    gaps : tuple of int
        For records that are no rows, how many rows stand above each.
    opened : tuple of Finding
        What was found when it was opened.
    noticed : Problems
        What was found of its rows.
    numbers : frozenset of int
        Columns whose filled cells are all numbers.
    problems, unread : tuple of Finding
        Why it can't be opened, and why its rows can't be read.
    """

    sha256: str
    size: int
    names: tuple[str, ...] = ()
    delimiter: str = ","
    row: int = 1
    rows: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    gaps: tuple[int, ...] = ()
    opened: tuple[Finding, ...] = ()
    noticed: Problems = field(default_factory=Problems)
    seen: Sample = field(default_factory=Sample)
    numbers: frozenset[int] = frozenset()
    problems: tuple[Finding, ...] = ()
    unread: tuple[Finding, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it, as in what a program writes that has no rows for it."""
        return bool(self.problems) and self.problems[0].code == "EmptyFile"

    def sheet_row(self, row: int) -> int:
        """Return a row's number as a spreadsheet counts."""
        return row + self.row + bisect_right(self.gaps, row)


def look_into(
    connection: duckdb.DuckDBPyConnection, upload: Download, folder: Path, settings: DatasetSettings
) -> tuple[Survey, SourceFile | None]:
    """Find out what a part is; what is wrong with it is said, not raised."""
    known = Survey(upload.sha256, upload.size)
    try:
        source = open_source(connection, upload.path, folder, settings)
    except DataError as error:
        return replace(known, problems=tuple(error.findings)), None
    dialect, records = source.dialect, source.records
    known = replace(
        known,
        names=dialect.names,
        delimiter=dialect.style.delimiter,
        row=dialect.row,
        rows=records.rows,
        excluded=records.excluded,
        gaps=tuple(first_gaps(records)),
        opened=source.findings,
        noticed=records.problems,
    )
    return known, source


def survey(
    connection: duckdb.DuckDBPyConnection, upload: Download, folder: Path, settings: DatasetSettings
) -> Survey:
    """Find out what a part is and holds; what is wrong with it is said, not raised."""
    known, source = look_into(connection, upload, folder, settings)
    if source is None or not known.rows:
        return known
    columns, _, _ = name_columns(known.names)
    try:
        reader = reader_of([source], len(columns), settings)
        seen, numbers = _load(connection, reader, columns, settings)
        count_rows(connection, known.rows)
    except DataError as error:
        return replace(known, unread=tuple(error.findings))
    return replace(known, seen=seen, numbers=numbers)


def _load(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    columns: Sequence[str],
    settings: DatasetSettings,
    texts: Collection[int] = (),
) -> tuple[Sample, frozenset[int]]:
    found = None
    try:
        seen = looked_at(connection, reader, columns, settings)
        found = seen, load(connection, reader, seen, texts)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        pass  # its message quotes cells
    if found is None:
        raise not_csv()
    return found


def read_part(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    table: Table,
    settings: DatasetSettings,
) -> None:
    """Make the table ``data`` of one part, its columns of the types that all parts have."""
    reader = reader_of([source], len(table.columns), settings)
    texts = [n for n in range(len(table.columns)) if n not in table.numbers]
    _load(connection, reader, table.columns, settings, texts)


@dataclass(frozen=True)
class Parts:
    """All parts of an upload.

    Parameters
    ----------
    names : sequence of str
        Those of the files.
    surveys : sequence of Survey
        One for each.
    """

    names: Sequence[str]
    surveys: Sequence[Survey]

    @property
    def is_one(self) -> bool:
        """Whether the upload is a file alone, whose name says nothing."""
        return len(self.names) == 1

    @property
    def sha256(self) -> str:
        """Digest of a file, or of the parts' digests."""
        return digest_of([each.sha256 for each in self.surveys])

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(each.size for each in self.surveys)

    @property
    def delimiter(self) -> str:
        """What separates the first one's cells."""
        return self._held[0][1].delimiter

    @property
    def opened(self) -> tuple[Finding, ...]:
        """What was found when they were opened."""
        return _of_all([(name, each.opened) for name, each in self._held])

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """How many rows stand before each part."""
        return tuple(accumulate((each.rows for each in self.surveys[:-1]), initial=0))

    @cached_property
    def _held(self) -> Sequence[tuple[str, Survey]]:
        """Those in which there is anything; all, if none is."""
        pairs = list(zip(self.names, self.surveys, strict=True))
        return [(name, each) for name, each in pairs if not each.is_empty] or pairs[:1]

    def sheet_row(self, row: int) -> int:
        """Return a row's number as a spreadsheet counts, with its part where there are several."""
        place = bisect_right(self.offsets, row) - 1
        return self._named(self.surveys[place].sheet_row(row - self.offsets[place]), place)

    def _named(self, row: int, place: int) -> int:
        return row if self.is_one else SheetRow.of(row, self.names[place])

    def outline(self) -> Table:
        """Return what all parts are together, but for which columns are numbers.

        Raises
        ------
        DataError
            The first part's that can't be opened, with what is wrong with each, or as one file.
        PartsDiffer
            If they have not the same columns.
        """
        self._raise([(name, each.problems) for name, each in self._held])
        names = self._held[0][1].names
        _refuse_other_columns(self._held)
        records = self._records()
        columns, unnamed, noticed = begin(names, records)
        findings = (*self.opened, *noticed)
        none = frozenset[int]()
        return Table(columns, unnamed, none, records.rows, dict(records.excluded), findings)

    def table(
        self, settings: DatasetSettings, target: int | None = None, also: Collection[int] = ()
    ) -> Table:
        """Return what all parts are together, by what each holds: see ``loading.read_table``.

        A column is numbers only if it is in every part.

        Raises
        ------
        DataError
            As `outline`, or because rows can't be read.
        """
        found = self.outline()
        self._raise([(name, each.unread) for name, each in self._held])
        seen = self._seen()
        texts = kept_texts(found.columns, seen, settings, self.delimiter, target).union(also)
        numbers = [each.numbers for each in self.surveys if each.rows]
        return replace(found, numbers=frozenset.intersection(*numbers) - texts)

    def _records(self) -> Records:
        """Return what there is of the records of all parts, as of one file."""
        all_parts = Records()
        found = all_parts.problems
        for place, each in enumerate(self.surveys):
            own = each.noticed
            all_parts.rows += each.rows
            all_parts.excluded += each.excluded
            found.widths += own.widths
            found.ragged += [(self._named(row, place), fields) for row, fields in own.ragged]
            for name in ("broken", "repeated_headers", "below"):
                getattr(found, name).extend(self._named(row, place) for row in getattr(own, name))
        del found.ragged[NAMED:], found.broken[NAMED:], found.repeated_headers[NAMED:]
        return all_parts

    def _seen(self) -> Sample:
        """Return what the first rows of all parts show together."""
        seen = [each.seen for each in self.surveys if each.rows]
        if len(seen) == 1:
            return seen[0]

        def in_all(name: str) -> set[int]:
            """Return what is so in every part that has the column filled."""
            found = set().union(*(getattr(each, name) for each in seen))
            return {
                n
                for n in found
                if all(n in getattr(each, name) or n not in each.filled for each in seen)
            }

        return Sample(
            filled=set().union(*(each.filled for each in seen)),
            dates=in_all("dates"),
            grouped=in_all("grouped"),
            has_points=any(each.has_points for each in seen),
            has_commas=any(each.has_commas for each in seen),
        )

    def _raise(self, found: Sequence[tuple[str, tuple[Finding, ...]]]) -> None:
        problems = found[0][1] if self.is_one else _of_all(found)
        if problems:
            raise data_error(problems[0].code)(*problems)


def digest_of(digests: Sequence[str]) -> str:
    """Return a file's digest, or the digest of several."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _of_all(found: Sequence[tuple[str, tuple[Finding, ...]]]) -> tuple[Finding, ...]:
    """Return findings of all parts: what is so in each is said once, else of which part."""
    _, first = found[0]
    if all(own == first for _, own in found):
        return first
    return tuple(
        replace(each, message=Message("{part}: {text}", part=name, text=each.message))
        for name, own in found
        for each in own
    )


def _refuse_other_columns(parts: Sequence[tuple[str, Survey]]) -> None:
    (first, known), *_ = parts
    others = [(name, each.names) for name, each in parts if each.names != known.names]
    if not others:
        return
    difference, column = _difference(known.names, others[0][1])
    text = Message(
        "{names} has other columns than {first}: {difference}",
        "{count} part files have other columns than {first}: {names} (the first of these "
        "{difference})",
        count=len(others),
        first=verbatim(first),
        names=listed([name for name, _ in others]),
        difference=difference,
    )
    raise PartsDiffer(Finding("PartsDiffer", text, column=column))


def _difference(known: Sequence[str], names: Sequence[str]) -> tuple[Message, str | None]:
    """Return, as a clause, how columns differ from those known, and the first that does."""
    if not any(names):
        return Message("without a header"), None
    if not any(known):
        return Message("with a header"), None
    columns, own = name_columns(known)[0], name_columns(names)[0]
    lacking = [name for name in columns if name not in own]
    if lacking:  # what is there instead may be a row
        return Message("without {names}", names=listed(lacking)), lacking[0]
    more = [name for name in own if name not in columns]
    if more:
        return Message("with {names} besides", names=listed(more)), more[0]
    moved = next(name for name, other in zip(columns, own, strict=True) if name != other)
    return Message("in another order, from {name} on", name=moved), moved
