"""Put other cells into columns of the table ``data``."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import duckdb

from lambdas.preprocess.engine import batches

# One statement over thousands of columns would hold what it makes of all of them at once.
_COLUMNS = 100


def replace_columns(
    connection: duckdb.DuckDBPyConnection,
    cells: Mapping[int, str],
    width: int,
    source: Callable[[Sequence[int]], str] = lambda _: "data",
) -> None:
    """Replace columns of ``data``; the others and the order of rows and columns stay.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    cells : mapping of int to str
        SQL of the new cells by position.
    width : int
        Number of columns of ``data``.
    source : callable
        From positions to the SQL of what their new cells are made from, a row for each of ``data``.
    """
    if not cells:
        return
    columns, joined = [f"data.c{n}" for n in range(width)], "data"
    parts: list[str] = []
    for batch in batches(cells, _COLUMNS):
        part = f"replaced{len(parts)}"
        made = ", ".join(f"{cells[n]} AS c{n}" for n in batch)
        connection.execute(f"CREATE TABLE {part} AS SELECT {made} FROM {source(batch)}")
        for n in batch:
            columns[n] = f"{part}.c{n}"
        joined += f" POSITIONAL JOIN {part}"
        parts.append(part)
    connection.execute(f"CREATE TABLE replaced AS SELECT {', '.join(columns)} FROM {joined}")
    for table in ("data", *parts):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE replaced RENAME TO data")
