"""Part files as one upload: each surveyed where it is read, and all of them one table.

What a part is and holds is found by the reader of single files. A column is numbers only if it is
in every part, and all parts must have the same columns.
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
from lambdas.preprocess.read.source import Download, SourceFile, open_source
from lambdas.shared.failures.errors import DataError, UnreadableFile, data_error
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed, verbatim
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
        Those of the header.
    row : int
        The spreadsheet's number of the first row.
    gaps : tuple of int
        For records that are no rows, how many rows stand above each.
    opened, noticed : tuple of Finding
        What was found when it was opened, and of its rows.
    numbers : frozenset of int
        Columns whose filled cells are all numbers.
    problems : tuple of Finding
        Why it can't be read further.
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
    noticed: tuple[Finding, ...] = ()
    seen: Sample = field(default_factory=Sample)
    numbers: frozenset[int] = frozenset()
    problems: tuple[Finding, ...] = ()

    def sheet_row(self, row: int) -> int:
        """Return a row's number as a spreadsheet counts."""
        return row + self.row + bisect_right(self.gaps, row)


def survey(
    connection: duckdb.DuckDBPyConnection, upload: Download, folder: Path, settings: DatasetSettings
) -> Survey:
    """Find out what a part is and holds; what is wrong with it is said, not raised."""
    known = Survey(upload.sha256, upload.size)
    try:
        source = open_source(connection, upload.path, folder, settings)
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
        )
        columns, _, noticed = begin(source)
        reader = reader_of(source, len(columns), settings)
        seen, numbers = _load(connection, reader, columns, settings)
        count_rows(connection, records)
    except DataError as error:
        return replace(known, problems=tuple(error.findings))
    return replace(known, noticed=noticed, seen=seen, numbers=numbers)


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
    reader = reader_of(source, len(table.columns), settings)
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
        if self.is_one:
            return self.surveys[0].sha256
        digests = "".join(each.sha256 for each in self.surveys)
        return hashlib.sha256(digests.encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(each.size for each in self.surveys)

    @property
    def opened(self) -> tuple[Finding, ...]:
        """What was found when they were opened."""
        return self._of_all([each.opened for each in self.surveys])

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """How many rows stand before each part."""
        return tuple(accumulate((each.rows for each in self.surveys[:-1]), initial=0))

    def sheet_row(self, row: int) -> int:
        """Return a row's number as a spreadsheet counts, with its part where there are several."""
        place = bisect_right(self.offsets, row) - 1
        found = self.surveys[place].sheet_row(row - self.offsets[place])
        return found if self.is_one else SheetRow.of(found, self.names[place])

    def table(
        self, settings: DatasetSettings, target: int | None = None, also: Collection[int] = ()
    ) -> Table:
        """Return what all parts are together: see ``loading.read_table``.

        Raises
        ------
        DataError
            The first part's that can't be read, with what is wrong with each.
        UnreadableFile
            If they have not the same columns.
        """
        problems = self._of_all([each.problems for each in self.surveys])
        if problems:
            raise data_error(problems[0].code)(*problems)
        self._refuse_other_columns()
        first = self.surveys[0]
        columns, unnamed, _ = name_columns(first.names)
        seen = self._seen()
        texts = kept_texts(columns, seen, settings, first.delimiter, target).union(also)
        numbers = frozenset.intersection(*(each.numbers for each in self.surveys)) - texts
        excluded = sum((each.excluded for each in self.surveys), Counter[str]())
        noticed = self._of_all([each.noticed for each in self.surveys])
        rows = sum(each.rows for each in self.surveys)
        return Table(columns, unnamed, numbers, rows, dict(excluded), (*self.opened, *noticed))

    def _seen(self) -> Sample:
        """Return what the first rows of all parts show together."""
        if self.is_one:
            return self.surveys[0].seen
        seen = [each.seen for each in self.surveys]

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

    def _of_all(self, found: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """Return findings of all parts: what is so in each is said once, else of which part."""
        if self.is_one or all(each == found[0] for each in found):
            return found[0]
        return tuple(
            replace(each, message=Message("{part}: {text}", part=name, text=each.message))
            for name, own in zip(self.names, found, strict=True)
            for each in own
        )

    def _refuse_other_columns(self) -> None:
        first = self.surveys[0].names
        others = [
            name for name, each in zip(self.names, self.surveys, strict=True) if each.names != first
        ]
        if others:
            text = Message(
                "{count} part file has other columns than {first}: {names}",
                "{count} part files have other columns than {first}: {names}",
                count=len(others),
                first=verbatim(self.names[0]),
                names=listed(others),
            )
            raise UnreadableFile(Finding("UnreadableFile", text))
