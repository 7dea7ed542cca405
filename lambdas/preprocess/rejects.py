"""Name the rows that DuckDB could not take; its own messages quote cells."""

# ruff: noqa: S608 - the statement holds a figure only

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from lambdas.preprocess.dialect import Dialect
from lambdas.shared.findings import Finding
from lambdas.shared.message import NAMED

_CODES = {"UNQUOTED VALUE": "BrokenQuotes", "LINE SIZE OVER MAXIMUM": "UnreadableFile"}


def rejected_rows(
    connection: duckdb.DuckDBPyConnection, width: int, dialect: Dialect
) -> list[Finding]:
    """Return a finding for each of the first rows left out, and for each kind how many more.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``reject_errors``.
    width : int
        Fields of a good row.
    dialect : Dialect
    """
    # DuckDB counts records and blank lines, as a spreadsheet does, from those it skips on.
    shift = dialect.row - dialect.skip - 1
    rejects = connection.execute(
        f"SELECT line + {shift}, any_value(error_type::VARCHAR), "
        "any_value(TRY_CAST(regexp_extract(error_message, 'Found: ([0-9]+)', 1) AS INTEGER)) "
        "FROM reject_errors WHERE error_type <> 'CAST' GROUP BY line ORDER BY line"
    ).fetchall()
    return list(_findings(rejects, width))


def _findings(rejects: list[tuple[int, str, int | None]], width: int) -> Iterator[Finding]:
    by_code: dict[str, list[tuple[int, str]]] = {}
    for row, kind, found in rejects:
        code = "RaggedRows" if found is not None else _CODES.get(kind, "UnreadableFile")
        by_code.setdefault(code, []).append((row, _text(row, code, found, width)))
    for code, rows in by_code.items():
        for row, text in rows[:NAMED]:
            yield Finding(code, text, row=row)
        if len(rows) > NAMED:
            yield Finding(code, f"{len(rows) - NAMED} more rows have such problems")


def _text(row: int, code: str, found: int | None, width: int) -> str:
    if code == "RaggedRows":
        return f"row {row} has {found} fields where the header has {width}"
    if code == "BrokenQuotes":
        return f"row {row} has a quotation mark that does not close or stands alone"
    return f"row {row} cannot be read"
