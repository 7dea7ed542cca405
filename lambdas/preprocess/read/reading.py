"""Read a CSV file into a table of numbers and trimmed texts, with missing cells as NULL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from lambdas.preprocess.columns.cells import MISSING
from lambdas.preprocess.columns.target_name import likely_target
from lambdas.preprocess.documents.row_count import check
from lambdas.preprocess.engine import one
from lambdas.preprocess.read.header import name_columns
from lambdas.preprocess.read.loading import load
from lambdas.preprocess.read.reader import Reader
from lambdas.preprocess.read.records import Records
from lambdas.preprocess.read.sampling import sample
from lambdas.preprocess.read.source import SourceFile
from lambdas.shared.failures.errors import HeaderOnly, UnreadableFile, data_error
from lambdas.shared.findings.finding import Finding, errors_of
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

FEWEST_ROWS = 20  # with fewer good rows, the bad ones say all there is to say
_MOST_GAPS = 1000


@dataclass(frozen=True)
class Table:
    """A file read: the DuckDB table ``data`` with columns ``c0``, ``c1``, ….

    Parameters
    ----------
    columns : tuple of str
        The user's names, by position; unique and not empty.
    unnamed : frozenset of int
        Positions whose name is ours because the file has none.
    numbers : frozenset of int
        Positions whose filled cells are all numbers; these columns are DOUBLE, the others VARCHAR.
    rows : int
    excluded : mapping of str to int
        The file's other records, by why they are not in the table.
    findings : tuple of Finding
    forms : mapping of int
        How columns of numbers are written, by position, where it is not plainly.
    dates : mapping of int
        How columns of dates are written, by position.
    words : mapping of int
        How columns of categories are written, by position, where it is in several ways.
    codes : frozenset of int
        Positions of columns whose digits are names: they are texts.
    """

    columns: tuple[str, ...]
    unnamed: frozenset[int]
    numbers: frozenset[int]
    rows: int
    excluded: Mapping[str, int]
    findings: tuple[Finding, ...]
    forms: Mapping[int, NumberForm] = field(default_factory=dict)
    dates: Mapping[int, DateForm] = field(default_factory=dict)
    words: Mapping[int, WordForm] = field(default_factory=dict)
    codes: frozenset[int] = frozenset()

    @property
    def file_rows(self) -> int:
        """Records of the file below its header, blank lines not counted."""
        return self.rows + sum(self.excluded.values())


def read(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    settings: DatasetSettings,
    target: int | None = None,
    also: Collection[int] = (),
) -> Table:
    """Read a file; row order is kept, ``rowid`` counts from 0.

    The macro ``sheet_row(rowid)`` tells a row's number as a spreadsheet counts.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    source : SourceFile
    settings : DatasetSettings
    target : int, optional
        The target's position if it is known. The target stays as text, as classes keep their
        spelling.
    also : collection of int
        Positions of other columns to keep as texts.

    Returns
    -------
    Table
        Rows with another number of fields than the header are not in it; the first are named in
        findings of severity ``error``.

    Raises
    ------
    HeaderOnly
        If there is no row.
    UnreadableFile
        If the file does not follow the rules of CSV, or mostly not.
    """
    dialect, records = source.dialect, source.records
    columns, unnamed, findings = name_columns(dialect.names)
    noticed = (*findings, *records.problems.findings(len(columns), records.excluded, records.rows))
    wrong = errors_of(noticed)
    if wrong and records.rows < FEWEST_ROWS:
        raise data_error(wrong[0].code)(*wrong)
    if not records.rows:
        raise HeaderOnly(Finding("HeaderOnly", Message("there is no row below the header")))
    missing = (*MISSING, *settings.missing)
    reader = Reader(source.table, dialect.style, len(columns), records.longest, missing)
    connection.execute(_sheet_row(dialect.row, records))
    numbers = None
    try:
        seen = sample(connection, reader, columns)
        if target is None:
            target = likely_target(columns, seen.filled, settings.target)
        texts = {*also, *([] if target is None else [target])}
        texts.update(_named(columns, [*settings.codes, *settings.dates]))
        for found in (seen.codes, seen.dates, seen.whole, seen.grouped):
            found.difference_update(_named(columns, settings.numbers))
        texts |= seen.dates | seen.in_thousands(settings.decimal_sign, dialect.style.delimiter)
        numbers = load(connection, reader, seen, texts)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        pass  # its message quotes cells
    if numbers is None:
        text = Message("its rows or quotes do not follow the rules of CSV")
        raise UnreadableFile(Finding("UnreadableFile", text))
    (rows,) = one(connection, "SELECT count(*) FROM data")
    check(records.rows, rows)
    return Table(
        columns, unnamed, numbers, rows, dict(records.excluded), (*source.findings, *noticed)
    )


def _sheet_row(first: int, records: Records) -> str:
    """Return the statement that makes the macro; rows below many gaps are counted too low."""
    gaps = list(records.gaps[:_MOST_GAPS])
    above = f"len(list_filter({gaps}::BIGINT[], lambda gap: gap <= id))" if gaps else "0"
    return f"CREATE OR REPLACE MACRO sheet_row(id) AS id + {first} + {above}"


def _named(columns: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return the positions of columns, in whatever case; what is not there is told later."""
    wanted = {name.strip().casefold() for name in names}
    return [n for n, column in enumerate(columns) if column.casefold() in wanted]
