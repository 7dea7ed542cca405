"""Columns of the table ``data`` below each other, so that one expression asks all of them.

DuckDB takes milliseconds to plan what is asked of one column, however few rows there are. Where
there are many, what each cell costs counts for more, and columns are asked one at a time.
"""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import duckdb

from lambdas.preprocess.engine import batches, one

MOST_ROWS = 20_000
_MOST_COLUMNS, _MOST_CELLS = 400, 2_000_000  # of a statement, so that what it holds is bounded


def stacks(connection: duckdb.DuckDBPyConnection, positions: Iterable[int]) -> Iterator[list[int]]:
    """Yield columns as statements are to take them: many at once if there are few rows."""
    (rows,) = one(connection, "SELECT count(*) FROM data")
    columns = min(_MOST_COLUMNS, _MOST_CELLS // max(1, rows))
    yield from batches(positions, columns if rows <= MOST_ROWS else 1)


def stacked(
    positions: Sequence[int],
    condition: str = "true",
    key: str = "rowid AS id",
    source: str = "data",
) -> str:
    """Return the SQL of a table with a row for each cell of columns of one type.

    Its columns are ``n`` (the column's position), ``cell``, and the key.

    Parameters
    ----------
    positions : sequence of int
    condition : str
        Which rows to take.
    key : str
        What else to take of each row.
    source : str
        A table with these columns.
    """
    columns = ", ".join(f"c{n}" for n in positions)
    cells = f"unnest({list(positions)}) AS n, unnest([{columns}]) AS cell"
    if len(positions) == 1:
        cells = f"{positions[0]} AS n, {columns} AS cell"
    return f"(SELECT {key}, {cells} FROM {source} WHERE {condition})"


def labelled(positions: Sequence[int], label: str = "label") -> str:
    """Return the SQL of such a table with the labels of the rows that are used."""
    return stacked(positions, "label IS NOT NULL", label, used(positions))


def used(positions: Sequence[int]) -> str:
    """Return the SQL of columns of ``data`` with their labels."""
    columns = ", ".join(f"c{n}" for n in positions)
    # A positional join reads every column of its sides: name those that are needed.
    return f"(SELECT {columns} FROM data) POSITIONAL JOIN (SELECT label FROM usable)"


def by_column(
    connection: duckdb.DuckDBPyConnection,
    positions: Iterable[int],
    figures: str,
    source: Callable[[Sequence[int]], str] = stacked,
) -> dict[int, tuple[Any, ...]]:
    """Return figures of columns, by position.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    positions : iterable of int
    figures : str
        SQL of aggregates of what the source holds.
    source : callable
        From positions to the SQL of a table with a row for each cell.
    """
    found: dict[int, tuple[Any, ...]] = {}
    positions = sorted(positions)
    for batch in stacks(connection, positions):
        n, group = ("n", "GROUP BY n") if len(batch) > 1 else (batch[0], "")
        rows = connection.execute(f"SELECT {n}, {figures} FROM {source(batch)} {group}").fetchall()
        found |= {position: tuple(rest) for position, *rest in rows}
    return dict(sorted(found.items()))
