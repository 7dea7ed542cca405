"""What was predicted of the rows that the file has, out of stored predictions."""

# ruff: noqa: S608 - statements hold positions, constants and quoted texts only

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.actuals.keys import (
    KeyColumn,
    compared,
    place_of,
    plain_name,
    without_apostrophe,
)
from lambdas.actuals.runs import PredictionRun
from lambdas.preprocess.engine import identifier, literal, one
from lambdas.preprocess.read.records import LONGEST_ROW_BYTES

_PROBABILITY = "probability_"
_USUAL_ROW_BYTES = 2_000_000  # DuckDB's own limit
_NUMBERED = re.compile(r" \([0-9]+\)$")


@dataclass(frozen=True)
class Columns:
    """The columns of a file of predictions.

    Parameters
    ----------
    own : sequence of str
        The user's, as they were called in the file of rows.
    answers : sequence of str
        Those that were added behind them.
    stored : sequence of str
        What they are all called in a file of Parquet; empty for CSV, where positions count.
    """

    own: Sequence[str]
    answers: Sequence[str]
    stored: Sequence[str]

    def cell(self, position: int) -> str:
        """Return the SQL of a column."""
        return identifier(self.stored[position]) if self.stored else f"c{position}"

    def probabilities(self, classes: Collection[str]) -> dict[str, int]:
        """Return the positions of the classes' probabilities, by class."""
        found = {}
        for place, name in enumerate(self.answers, start=len(self.own)):
            if name.startswith(_PROBABILITY):
                label = name.removeprefix(_PROBABILITY)
                # Its name was taken where it has a number.
                found[label if label in classes else _NUMBERED.sub("", label)] = place
        return found


def read_columns(
    connection: duckdb.DuckDBPyConnection, path: Path, run: PredictionRun
) -> Columns | None:
    """Read a file's columns; None if it is not as Molino writes it."""
    stored: list[str] = []
    if run.is_parquet:
        metadata = f"parquet_kv_metadata({literal(str(path))})"
        (told,) = one(connection, f"SELECT value FROM {metadata} WHERE key = 'columns'")
        names = list(json.loads(bytes(told).decode())) if told else []
        found = connection.execute(f"SELECT * FROM read_parquet({literal(str(path))}) LIMIT 0")
        stored = [column[0] for column in found.description or ()]
    else:
        csv.field_size_limit(LONGEST_ROW_BYTES)
        with path.open(encoding="utf-8", newline="") as file:
            names = next(csv.reader(file), [])
    width = len(names) - len(run.added)
    if width < 0 or (stored and len(stored) != len(names)):
        return None
    return Columns([plain_name(name) for name in names[:width]], names[width:], stored)


def take(  # noqa: PLR0913 - each is one named part
    connection: duckdb.DuckDBPyConnection,
    table: str,
    number: int,
    path: Path,
    run: PredictionRun,
    *,
    keys: Sequence[KeyColumn],
    labels: Sequence[str],
    missing: Sequence[str],
) -> str | None:
    """Add the rows of a file of predictions whose key is in ``keys`` to a table.

    Its columns are ``run``, ``row``, ``k0``, ``k1``, … (a key column each, NULL where the file
    lacks it), ``prediction``, and ``p0``, ``p1``, … (a class each, in the order of the labels).

    Parameters
    ----------
    number : int
        Stands for the run.

    Returns
    -------
    str or None
        Why nothing can be taken of it, if so: ``undescribed`` or ``key``.
    """
    columns = read_columns(connection, path, run)
    if columns is None:
        return "undescribed"
    scores = columns.probabilities(labels)
    if set(scores) != set(labels):
        return "undescribed"
    places = [place_of(key.name, columns.own) for key in keys]
    if all(place is None for place in places):
        return "key"
    cells = [
        "NULL::VARCHAR" if place is None else compared(columns.cell(place), missing)
        for place in places
    ]
    chosen = [
        "row_number() OVER () AS row",
        *(f"{cell} AS k{n}" for n, cell in enumerate(cells)),
        f"{_answer(columns.cell(len(columns.own)), labels)} AS prediction",
        *(
            f"CAST({columns.cell(scores[label])} AS DOUBLE) AS p{n}"
            for n, label in enumerate(labels)
        ),
    ]
    are_known = " OR ".join(
        f"k{n} IN (SELECT k{n} FROM keys)" for n, place in enumerate(places) if place is not None
    )
    rows = f"(SELECT {', '.join(chosen)} FROM {_source(path, columns)})"
    connection.execute(f"INSERT INTO {table} SELECT {number}, * FROM {rows} WHERE {are_known}")
    return None


def _answer(cell: str, labels: Sequence[str]) -> str:
    """Return the SQL of what was predicted, as the model said it."""
    if not labels:
        return f"CAST({cell} AS VARCHAR)"
    known = ", ".join(map(literal, labels))
    return f"CASE WHEN {cell} IN ({known}) THEN {cell} ELSE {without_apostrophe(cell)} END"


def make_table(connection: duckdb.DuckDBPyConnection, table: str, keys: int, labels: int) -> None:
    """Make a table that `take` adds to."""
    columns = ["run INTEGER", "row BIGINT", *(f"k{n} VARCHAR" for n in range(keys))]
    columns += ["prediction VARCHAR", *(f"p{n} DOUBLE" for n in range(labels))]
    connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")


def _source(path: Path, columns: Columns) -> str:
    file = literal(str(path))
    if columns.stored:
        return f"read_parquet({file})"
    width = len(columns.own) + len(columns.answers)
    types = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    longest = LONGEST_ROW_BYTES + 1 if path.stat().st_size > _USUAL_ROW_BYTES else _USUAL_ROW_BYTES
    return (
        f"read_csv({file}, columns = {{{types}}}, auto_detect = false, header = true, "
        f"delim = ',', quote = '\"', escape = '\"', nullstr = [''], max_line_size = {longest})"
    )
