"""Put other cells into columns of the table ``data``."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import duckdb

from lambdas.preprocess.columns.stacked import stacked, stacks


def replace_columns(
    connection: duckdb.DuckDBPyConnection,
    cells: Mapping[int, str],
    width: int,
    source: Callable[[Sequence[int]], str] = stacked,
) -> None:
    """Replace columns of ``data``; the others and the order of rows and columns stay.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    cells : mapping of int to str
        SQL of the new cells by position, made from what the source holds of each old one.
    width : int
        Number of columns of ``data``.
    source : callable
        From positions to the SQL of a table with a row for each cell, as `stacked` makes it.
    """
    if not cells:
        return
    columns, joined = {n: f"data.c{n}" for n in range(width)}, "data"
    parts: list[str] = []
    for cell in dict.fromkeys(cells.values()):
        for batch in stacks(connection, sorted(n for n in cells if cells[n] == cell)):
            part = f"replaced{len(parts)}"
            connection.execute(f"CREATE TABLE {part} AS {_made(cell, batch, source)}")
            columns |= {n: f"{part}.c{n}" for n in batch}
            joined += f" POSITIONAL JOIN {part}"
            parts.append(part)
    connection.execute(
        f"CREATE TABLE replaced AS SELECT {', '.join(columns.values())} FROM {joined}"
    )
    for table in ("data", *parts):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE replaced RENAME TO data")


def _made(cell: str, batch: Sequence[int], source: Callable[[Sequence[int]], str]) -> str:
    if len(batch) == 1:
        return f"SELECT {cell} AS c{batch[0]} FROM {source(batch)}"
    columns = ", ".join(f"made[{place}] AS c{n}" for place, n in enumerate(batch, start=1))
    return (
        f"SELECT {columns} FROM (SELECT id, list({cell} ORDER BY n) AS made "
        f"FROM {source(batch)} GROUP BY id ORDER BY id)"
    )
