"""Place the units of a split on their sides: from table ``units`` to table ``placed``."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.room import Room, Shares
from lambdas.preprocess.shuffle import shuffled
from lambdas.shared.errors import TimeUnusable

_FEWEST_TIMES = 3  # one for each side
# A unit of more than one in this many rows of its stratum is placed on its own.
_SMALL = 100

# Small units fill, in shuffled order, what room the large ones left.
_PLACE_SMALL = """
INSERT INTO placed
SELECT unit, CASE
  WHEN test_is_empty AND place = 1 THEN 'test'
  WHEN validation_is_empty AND place = 1 + test_is_empty::INTEGER THEN 'validation'
  WHEN before < test + validation_is_empty::INTEGER THEN 'test'
  WHEN before < test + validation THEN 'validation'
  ELSE 'train' END
FROM (
  SELECT *, row_number() OVER shuffled AS place, sum(size) OVER shuffled - size AS before
  FROM ({units}) JOIN room USING (stratum)
  WHERE size * {small} <= total
  WINDOW shuffled AS (PARTITION BY stratum ORDER BY key, first ROWS UNBOUNDED PRECEDING)
)
"""


def place(connection: duckdb.DuckDBPyConnection, shares: Shares, digest: str) -> None:
    """Place units at random, by stratum: the large ones first, then the others."""
    connection.execute(
        "CREATE TABLE room (stratum BIGINT, total BIGINT, test BIGINT, validation BIGINT, "
        "test_is_empty BOOLEAN, validation_is_empty BOOLEAN)"
    )
    rooms = {
        stratum: (int(total), Room.of(int(total), int(units), shares))
        for stratum, total, units in connection.execute(
            "SELECT stratum, sum(size), count(*) FROM units GROUP BY stratum"
        ).fetchall()
    }
    large = connection.execute(
        "SELECT unit, stratum, size FROM units "
        "JOIN (SELECT stratum, sum(size) AS total FROM units GROUP BY stratum) USING (stratum) "
        f"WHERE size * {_SMALL} > total ORDER BY stratum, size DESC, first"
    ).fetchall()
    sides = [(unit, rooms[stratum][1].place(size)) for unit, stratum, size in large]
    _insert(connection, "placed", sides)
    _insert(
        connection,
        "room",
        [
            (
                *(stratum, total, max(0, room.left["test"]), max(0, room.left["validation"])),
                *("test" in room.empty, "validation" in room.empty),
            )
            for stratum, (total, room) in rooms.items()
        ],
    )
    units = shuffled("units", "first", digest)
    connection.execute(_PLACE_SMALL.format(units=units, small=_SMALL))


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows by one statement, which is far quicker than one for each."""
    if rows:
        lists = [list(column) for column in zip(*rows, strict=True)]
        values = ", ".join(f"unnest(${number + 1})" for number in range(len(lists)))
        connection.execute(f"INSERT INTO {table} SELECT {values}", lists)


def place_by_time(connection: duckdb.DuckDBPyConnection, shares: Shares) -> None:
    """Make the latest units the test and those before them the validation.

    Units of one time stay together; those without a time are for training.

    Raises
    ------
    TimeUnusable
        If there are fewer times than sides.
    """
    connection.execute(
        "CREATE TABLE times AS SELECT moment, row_number() OVER latest AS place, "
        "sum(size) OVER latest - size / 2 AS middle "  # of its rows, counted from the latest
        "FROM (SELECT moment, sum(size) AS size FROM units WHERE moment IS NOT NULL GROUP BY 1) "
        "WINDOW latest AS (ORDER BY moment DESC ROWS UNBOUNDED PRECEDING)"
    )
    (rows,) = one(connection, "SELECT sum(size) FROM units")
    times, test, both = one(
        connection,
        f"SELECT count(*), count_if(middle <= {rows * shares.test}), "
        f"count_if(middle <= {rows * (shares.test + shares.validation)}) FROM times",
    )
    if times < _FEWEST_TIMES:
        raise TimeUnusable(f"the usable rows have {times} different times")
    test = max(1, min(test, times - 2))
    both = max(test + 1, min(both, times - 1))
    connection.execute(
        f"INSERT INTO placed SELECT unit, CASE WHEN place <= {test} THEN 'test' "
        f"WHEN place <= {both} THEN 'validation' ELSE 'train' END "
        "FROM units LEFT JOIN times USING (moment)"
    )
