"""Read a CSV file into a table of texts, trimmed, with missing cells as NULL."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import literal
from lambdas.preprocess.header import name_columns
from lambdas.preprocess.sniff import Dialect, sniff
from lambdas.shared.errors import HeaderOnly, UnreadableFile
from lambdas.shared.findings import NAMED, Finding

# Spellings of "no value". Left out on purpose, as they are values in real tables: "-" (Rh factor),
# "Na" (sodium), "None" and "unknown" (answers to a question).
MISSING = (
    *("", "NA", "na", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan"),
    *("null", "NULL", "Null", "?", "."),
)
_WHITE_SPACE = " \t\r\n\u00a0\ufeff"
_LARGEST_ROW_BYTES = 16 << 20
_COLUMNS_LIMIT = 5000  # a training row this wide no longer fits the request limit of an endpoint


@dataclass(frozen=True)
class Table:
    """A file read: the DuckDB table ``data`` with columns ``c0``, ``c1``, … of texts.

    Parameters
    ----------
    columns : tuple of str
        The user's names, by position; unique and not empty.
    unnamed : frozenset of int
        Positions whose name is ours because the file has none.
    rows : int
    findings : tuple of Finding
    """

    columns: tuple[str, ...]
    unnamed: frozenset[int]
    rows: int
    findings: tuple[Finding, ...]


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> Table:
    """Read a file; row order is kept, ``rowid`` counts from 0.

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
    _load(connection, path, dialect)
    (rows,) = connection.execute("SELECT count(*) FROM data").fetchone() or (0,)
    if rows == 0:
        raise HeaderOnly("there is no row below the header")
    return Table(columns, unnamed, rows, tuple(findings))


def _load(connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> None:
    width = len(dialect.header)
    types = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(width))
    missing = ", ".join(literal(token) for token in MISSING)
    trimmed = ", ".join(
        f"CASE WHEN trim(c{n}, $blank) IN ({missing}) THEN NULL ELSE trim(c{n}, $blank) END AS c{n}"
        for n in range(width)
    )
    problem = None
    try:
        connection.execute(
            f"CREATE TABLE data AS SELECT {trimmed} FROM read_csv($path, columns = {{{types}}}, "
            "auto_detect = false, header = false, skip = 1, delim = $delimiter, quote = '\"', "
            "escape = '\"', null_padding = false, store_rejects = true, "
            f"max_line_size = {_LARGEST_ROW_BYTES})",
            {"path": str(path), "delimiter": dialect.delimiter, "blank": _WHITE_SPACE},
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        problem = UnreadableFile("its rows or quotes do not follow the rules of CSV")
    if problem:
        raise problem
    _check_rejects(connection, width)


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
