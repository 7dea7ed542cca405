"""Place the units of a split on their sides: from table ``units`` to table ``placed``.

A stratum's units are laid round a circle, in shuffled order and from a random start, each as long
as it has rows. Test and validation are arcs of the circle, and get the units whose middles lie on
them. So every unit has the same chance to be in the test, however large it is: a test of small
groups only would tell nothing of large ones (circular systematic sampling: Cochran, Sampling
Techniques, 1977, section 8.1). Only a unit of more than half a stratum is always for training.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.split.refill import Unit, refilled
from lambdas.preprocess.split.shuffle import shuffled
from lambdas.shared.failures.errors import TimeUnusable
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import SPLITS

_FEWEST_TIMES = 3  # one for each side
_MOST_REFILLED = 10_000  # units of a stratum that are looked at to fill a side that got none
_FACTOR = 2_654_435_761  # Knuth's: starts of strata lie far apart

# Middles and lengths are doubled, so that they are integers.
_PLACE = """
INSERT INTO placed
SELECT unit, CASE
  WHEN 2 * size > total THEN 'train'
  WHEN middle < 2 * test THEN 'test'
  WHEN middle < 2 * (test + validation) THEN 'validation'
  ELSE 'train' END
FROM (
  SELECT *, (2 * (sum(size) OVER shuffled - size + start) + size) % (2 * total) AS middle
  FROM ({units}) JOIN circles USING (stratum)
  WINDOW shuffled AS (PARTITION BY stratum ORDER BY key ROWS UNBOUNDED PRECEDING)
)
"""


@dataclass(frozen=True)
class Shares:
    """Parts of the rows that go to test and validation."""

    test: float
    validation: float


def place(connection: duckdb.DuckDBPyConnection, shares: Shares, digest: str) -> None:
    """Place units at random, by stratum."""
    seed = int(digest[16:24], 16)
    connection.execute(
        f"CREATE TABLE circles AS SELECT stratum, count(*) AS units, sum(size)::BIGINT AS total, "
        f"({seed} + stratum * {_FACTOR}) % sum(size)::BIGINT AS start, "
        f"greatest(1, round(sum(size) * {shares.test}))::BIGINT AS test, "
        f"greatest(1, round(sum(size) * {shares.validation}))::BIGINT AS validation "
        "FROM units GROUP BY stratum"
    )
    connection.execute(_PLACE.format(units=shuffled("units", "first", digest)))
    lacking = connection.execute(
        "SELECT stratum FROM placed JOIN units USING (unit) GROUP BY stratum "
        "HAVING count(DISTINCT side) < least(3, count(*)) OR count_if(side = 'train') = 0 "
        "ORDER BY stratum"
    ).fetchall()
    for (stratum,) in lacking:
        _refill(connection, digest, f"WHERE stratum = {stratum}")
    (sides,) = one(connection, "SELECT count(DISTINCT side) FROM placed")
    if sides < len(SPLITS):
        _refill(connection, digest, "")


def _refill(connection: duckdb.DuckDBPyConnection, digest: str, which: str) -> None:
    """Fill sides that got no unit from those that have several, in one stratum or in all."""
    total, test, validation = one(
        connection, f"SELECT sum(total), sum(test), sum(validation) FROM circles {which}"
    )
    units = shuffled(f"(SELECT * FROM units {which})", "first", digest)
    found = connection.execute(
        f"SELECT unit, size, side FROM ({units}) JOIN placed USING (unit) "
        f"ORDER BY key LIMIT {_MOST_REFILLED}"
    ).fetchall()
    rooms = {"train": total - test - validation, "test": test, "validation": validation}
    for unit, side in refilled([Unit(*each) for each in found], rooms).items():
        connection.execute("UPDATE placed SET side = ? WHERE unit = ?", [side, unit])


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
        text = Message(
            "the usable rows have {count} time only",
            "the usable rows have {count} different times",
            count=times,
        )
        raise TimeUnusable(text)
    test = max(1, min(test, times - 2))
    both = max(test + 1, min(both, times - 1))
    connection.execute(
        f"INSERT INTO placed SELECT unit, CASE WHEN place <= {test} THEN 'test' "
        f"WHEN place <= {both} THEN 'validation' ELSE 'train' END "
        "FROM units LEFT JOIN times USING (moment)"
    )
