"""Read a CSV file into a table of numbers and trimmed texts, with missing cells as NULL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.header import name_columns
from lambdas.preprocess.loading import Reader, load, sample
from lambdas.preprocess.sniff import sniff
from lambdas.preprocess.target_name import likely_target
from lambdas.shared.errors import HeaderOnly, UnreadableFile
from lambdas.shared.findings import NAMED, Finding

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
    path: Path,
    named: str | None = None,
    target: int | None = None,
) -> Table:
    """Read a file; row order is kept, ``rowid`` counts from 0.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    path : Path
    named : str, optional
        The target that the settings name.
    target : int, optional
        The target's position if it is known. The target stays as text, as classes keep their
        spelling.

    Raises
    ------
    EmptyFile, HeaderOnly
        If there is nothing to read.
    UnreadableFile
        If it is no UTF-8 CSV, or rows have another number of fields than the header (all are
        named).
    """
    dialect = sniff(path)
    columns, unnamed, findings = name_columns(dialect.header)
    if len(columns) > _COLUMNS_LIMIT:
        raise UnreadableFile(f"it has {len(columns)} columns; at most {_COLUMNS_LIMIT} can be used")
    reader = Reader(path, dialect.delimiter, len(columns))
    seen = sample(connection, reader)
    if target is None:
        target = likely_target(columns, seen.filled, named)
    try:
        numbers = load(connection, reader, seen, [] if target is None else [target])
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        numbers = None  # its message quotes cells
    if numbers is None:
        raise UnreadableFile("its rows or quotes do not follow the rules of CSV")
    _check_rejects(connection, len(columns))
    (rows,) = one(connection, "SELECT count(*) FROM data")
    if rows == 0:
        raise HeaderOnly("there is no row below the header")
    return Table(columns, unnamed, numbers, rows, tuple(findings))


def _check_rejects(connection: duckdb.DuckDBPyConnection, width: int) -> None:
    """Raise with every row that DuckDB could not take; its own messages quote cells."""
    rejects = connection.execute(
        "SELECT line, any_value(error_type::VARCHAR), "
        "any_value(TRY_CAST(regexp_extract(error_message, 'Found: ([0-9]+)', 1) AS INTEGER)) "
        "FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    if not rejects:
        return
    details = [_reject(row, kind, found, width) for row, kind, found in rejects[:NAMED]]
    if len(rejects) > NAMED:
        details.append(f"{len(rejects) - NAMED} more rows have such problems")
    raise UnreadableFile(*details)


def _reject(row: int, kind: str, found: int | None, width: int) -> str:
    if found is not None:
        return f"row {row} has {found} fields where the header has {width}"
    if kind == "UNQUOTED VALUE":
        return f"row {row} has a quotation mark that does not close or stands alone"
    return f"row {row} cannot be read"
