"""DuckDB: a connection within the function's memory, quoting, and columns asked many at once.

DuckDB takes milliseconds to plan what is asked of one column, however few rows there are, so that
columns are put below each other and one expression asks as many as make half a million cells.
"""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

_MEGABYTES_FOR_PYTHON = 300  # interpreter, boto3, upload buffers
_LEAST_MEGABYTES = 200
# More does not make it faster: what does not fit is written to disk, which the system caches.
_MOST_MEGABYTES = 800
_COLUMNS_PER_QUERY = 25  # with 100, planning takes half as long again
_MOST_COLUMNS, _MOST_CELLS = 400, 500_000  # of a statement, so that what it holds is bounded
# What is written is held in memory until a group of rows is whole: of 1,000 columns, DuckDB's usual
# 122,880 rows are a gigabyte.
_ROWS_PER_GROUP = 10_240


def limits() -> tuple[str, int]:
    """Return DuckDB's memory limit and threads for the function this is, or for this machine."""
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or _machine_megabytes())
    limit = min(max(memory - _MEGABYTES_FOR_PYTHON, _LEAST_MEGABYTES), _MOST_MEGABYTES)
    # One virtual CPU per 1,769 MB is Lambda's documented ratio.
    return f"{limit}MB", max(1, min(os.cpu_count() or 1, round(memory / 1769)))


def connect(folder: Path, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a database in a folder, so that tables larger than memory go to disk.

    Parameters
    ----------
    folder : Path
        Empty folder under the function's ephemeral storage.
    threads : int, optional
        How many it may use where others have theirs beside it.
    """
    memory, most = limits()
    connection = duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": threads or most,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": True,
            # "x NOT IN (seventeen words)" becomes a join, which takes memory for each of thousands
            # of columns, and is slower for few, too.
            "disabled_optimizers": "in_clause",
            # Nothing is fetched or loaded at run time.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    path = literal(str(folder / "work.duckdb"))
    connection.execute(f"ATTACH {path} AS work (ROW_GROUP_SIZE {_ROWS_PER_GROUP}); USE work")
    return connection


def _machine_megabytes() -> int:
    """Return the memory that a processing job has: all of its machine's."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL, where a statement takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def batches(positions: Iterable[int], size: int = _COLUMNS_PER_QUERY) -> Iterator[list[int]]:
    """Yield columns in as many pieces as make queries of a size that is planned quickly."""
    remaining = iter(positions)
    while batch := list(islice(remaining, size)):
        yield batch


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the one row of a query of figures."""
    return connection.execute(query).fetchone() or (0,)


def stacks(connection: duckdb.DuckDBPyConnection, positions: Iterable[int]) -> Iterator[list[int]]:
    """Yield columns as statements are to take them: many at once if there are few rows."""
    positions = list(positions)
    rows = one(connection, "SELECT count(*) FROM data")[0] if len(positions) > 1 else 1
    # Spark's answers take as long for one column as for several.
    fewest = getattr(connection, "columns_per_statement", 1)
    yield from batches(positions, max(fewest, min(_MOST_COLUMNS, _MOST_CELLS // max(1, rows))))


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


def replace_columns(
    connection: duckdb.DuckDBPyConnection,
    cells: Mapping[int, str],
    width: int,
    source: Callable[[Sequence[int]], str] = stacked,
) -> None:
    """Replace columns of ``data``; the others and the order of rows and columns stay.

    Parameters
    ----------
    cells : mapping of int to str
        SQL of the new cells by position, made from what the source holds of each old one.
    width : int
        Number of columns of ``data``.
    source : callable
        From positions to the SQL of a table with a row for each cell, as `stacked` makes it.
    """
    if not cells:
        return
    if hasattr(connection, "replace_columns"):  # an engine that has a way of its own
        connection.replace_columns(cells, width, source)
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
    remake(connection, columns.values(), joined)
    for part in parts:
        connection.execute(f"DROP TABLE {part}")


def remake(
    connection: duckdb.DuckDBPyConnection, columns: Iterable[str], source: str = "data"
) -> None:
    """Make ``data`` anew of the SQL of its columns, from itself or what stands after FROM."""
    connection.execute(f"CREATE TABLE replaced AS SELECT {', '.join(columns)} FROM {source}")
    connection.execute("DROP TABLE data")
    connection.execute("ALTER TABLE replaced RENAME TO data")


def _made(cell: str, batch: Sequence[int], source: Callable[[Sequence[int]], str]) -> str:
    if len(batch) == 1:
        return f"SELECT {cell} AS c{batch[0]} FROM {source(batch)}"
    columns = ", ".join(f"made[{place}] AS c{n}" for place, n in enumerate(batch, start=1))
    return (
        f"SELECT {columns} FROM (SELECT id, list({cell} ORDER BY n) AS made "
        f"FROM {source(batch)} GROUP BY id ORDER BY id)"
    )
