"""A DuckDB connection that stays within the memory and disk of its Lambda."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

_MEGABYTES_FOR_PYTHON = 300  # interpreter, boto3, upload buffers
_LEAST_MEGABYTES = 200
# More does not make it faster: what does not fit is written to disk, which the system caches.
_MOST_MEGABYTES = 800
_COLUMNS_PER_QUERY = 25  # with 100, planning takes half as long again


def limits() -> tuple[str, int]:
    """Return DuckDB's memory limit and threads for the function this is, or for this machine."""
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or _machine_megabytes())
    limit = min(max(memory - _MEGABYTES_FOR_PYTHON, _LEAST_MEGABYTES), _MOST_MEGABYTES)
    # One virtual CPU per 1,769 MB is Lambda's documented ratio.
    return f"{limit}MB", max(1, min(os.cpu_count() or 1, round(memory / 1769)))


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in a folder, so that tables larger than memory go to disk.

    Parameters
    ----------
    folder : Path
        Empty folder under the function's ephemeral storage.
    """
    memory, threads = limits()
    return duckdb.connect(
        str(folder / "work.duckdb"),
        config={
            "memory_limit": memory,
            "threads": threads,
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
