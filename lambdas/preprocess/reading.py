"""Read a CSV file into a table of numbers and trimmed texts, with missing cells as NULL."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from lambdas.preprocess.cells import MISSING
from lambdas.preprocess.engine import one
from lambdas.preprocess.header import name_columns
from lambdas.preprocess.loading import Reader, load, sample
from lambdas.preprocess.rejects import rejected_rows
from lambdas.preprocess.source import SourceFile
from lambdas.preprocess.target_name import likely_target
from lambdas.shared.errors import HeaderOnly, TooManyColumns, UnreadableFile, data_error
from lambdas.shared.findings import Finding
from lambdas.shared.settings import DatasetSettings

FEWEST_ROWS = 20  # with fewer good rows, the bad ones say all there is to say
_COLUMNS_LIMIT = 5000  # a training row this wide no longer fits the request limit of an endpoint


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
    findings : tuple of Finding
    """

    columns: tuple[str, ...]
    unnamed: frozenset[int]
    numbers: frozenset[int]
    rows: int
    findings: tuple[Finding, ...]


def read(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    settings: DatasetSettings,
    target: int | None = None,
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
    dialect = source.dialect
    columns, unnamed, findings = name_columns(dialect.names)
    if len(columns) > _COLUMNS_LIMIT:
        text = f"it has {len(columns)} columns; at most {_COLUMNS_LIMIT} can be used"
        raise TooManyColumns(text)
    reader = Reader(source.path, dialect, (*MISSING, *settings.missing))
    connection.execute(f"CREATE OR REPLACE MACRO sheet_row(id) AS id + {dialect.row}")
    numbers = None
    try:
        seen = sample(connection, reader)
        if target is None:
            target = likely_target(columns, seen.filled, settings.target)
        numbers = load(connection, reader, seen, [] if target is None else [target])
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        pass  # its message quotes cells
    if numbers is None:
        raise UnreadableFile("its rows or quotes do not follow the rules of CSV")
    (rows,) = one(connection, "SELECT count(*) FROM data")
    rejected = rejected_rows(connection, len(columns), dialect)
    if len(rejected) and rows < FEWEST_ROWS:
        raise data_error(rejected[0].code)(*rejected)
    if rows == 0:
        raise HeaderOnly("there is no row below the header")
    return Table(columns, unnamed, numbers, rows, (*source.findings, *findings, *rejected))
