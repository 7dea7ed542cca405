"""Predictions as Parquet: own columns as the texts they were, answers by their types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import identifier, literal

_UNNAMED = "column"


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[tuple[str, str]],
    target: Path,
) -> list[str]:
    """Write a table; return what its columns are called there.

    Parameters
    ----------
    source : str
        What stands after FROM.
    columns : sequence of tuple of str
        Names, and the columns of the source that are called so. DuckDB, and others that read
        Parquet, tell no names apart by their case, and have none that are empty: see `distinct`.
        The names as they were stand in the file's metadata, as JSON under ``columns``.
    """
    names = [name for name, _ in columns]
    told = distinct(names)
    cells = (f"{cell} AS {identifier(name)}" for (_, cell), name in zip(columns, told, strict=True))
    connection.execute(
        f"COPY (SELECT {', '.join(cells)} FROM {source}) "  # noqa: S608 - quoted names
        f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, "
        f"KV_METADATA {{columns: {literal(json.dumps(names))}}})"
    )
    return told


def distinct(names: Iterable[str]) -> list[str]:
    """Return names with a number where one that is alike but for its case stands before them."""
    names = [name or _UNNAMED for name in names]
    own = {name.casefold() for name in names}
    given: set[str] = set()
    found = []
    for name in names:
        others = (f"{name} ({number})" for number in count(2))
        free = (each for each in others if each.casefold() not in own | given)
        found.append(next(free) if name.casefold() in given else name)
        given.add(found[-1].casefold())
    return found
