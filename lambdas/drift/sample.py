"""Some rows of a file, each cell as the number of its bin: enough to compare rows as a whole."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import base64
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import duckdb

from lambdas.drift.bins import Bins, NumberBins, TextBins
from lambdas.drift.counts import Expressions, Read
from lambdas.preprocess.engine import batches
from lambdas.shared.documents.contents import Sample

_MOST_ROWS, _FEWEST_ROWS = 2000, 200
_MOST_CELLS = 1_000_000  # of wide tables fewer rows: those cells take less than a second
_COLUMNS = 100  # of a statement

Cells = Sequence[Any]


def draw(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int], numbers: Expressions
) -> dict[int, Cells]:
    """Return the cells of at most 2,000 rows in random order, the same at each call, by position.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    numbers : mapping of int to str
        SQL of a DOUBLE, of the columns that hold numbers; missing ones are infinite.
    """
    if not positions:
        return {}
    most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_CELLS // len(positions)))
    columns = ", ".join(f"c{n}" for n in positions)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE drawn AS SELECT {columns} FROM data "
        f"WHERE rowid IN (SELECT rowid FROM data ORDER BY hash(rowid), rowid LIMIT {most}) "
        "ORDER BY hash(rowid), rowid"
    )
    cells: dict[int, Cells] = {}
    for batch in batches(positions, _COLUMNS):
        asked = ", ".join(
            f"coalesce({numbers[n]}, 'inf'::DOUBLE)" if n in numbers else f"c{n}" for n in batch
        )
        rows = connection.execute(f"SELECT {asked} FROM drawn").fetchall()
        cells |= dict(zip(batch, zip(*rows, strict=True) if rows else repeat(()), strict=False))
    connection.execute("DROP TABLE drawn")
    return cells


def coded(bins: Bins, cells: Cells, read: Read = str) -> bytes:
    """Return the bin of each cell, by its number; missing cells have one of their own, the last.

    Parameters
    ----------
    read : callable
        Turns a text into the value that training would have taken it for.
    """
    if isinstance(bins, NumberBins):
        return bytes(map(bisect_left, repeat([*bins.edges, sys.float_info.max]), cells))
    known = dict(_numbered(bins, set(cells), read))
    return bytes(map(known.__getitem__, cells))


def _numbered(bins: TextBins, cells: set[Any], read: Read) -> Iterator[tuple[Any, int]]:
    places = {value: place for place, value in enumerate(bins.values)}
    for cell in cells:
        if cell is None:
            yield cell, len(bins.counts)
        else:
            yield cell, places.get(read(str(cell)), len(places)) if places else 0


def to_json(columns: Mapping[str, bytes]) -> Sample:
    """Return coded columns as in ``sample.json``."""
    texts = {name: base64.b64encode(each).decode() for name, each in columns.items()}
    return {"rows": max(map(len, columns.values()), default=0), "columns": texts}


def from_json(content: Sample | None) -> dict[str, bytes]:
    """Return stored columns; none of data of before there were samples."""
    if not content:
        return {}
    return {name: base64.b64decode(each) for name, each in content["columns"].items()}
