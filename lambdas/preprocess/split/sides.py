"""Give every row its side: the same on any machine for the same bytes.

Copies of a row (`copies`), or rows of one group, are a unit, and a unit never falls apart; rows
that are equal by nature are units of their own. Within each stratum (a class, or a range of the
target in regression; a unit counts for the rarest class it has) units go to test, validation and
training at random (`placing`). Where rows have times, the latest are the test instead. Of copies
that agree in the target, too, only the first is used.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import one
from lambdas.preprocess.split.arrangement import Arrangement
from lambdas.preprocess.split.copies import find_copies
from lambdas.preprocess.split.leaks import Repeats, look_for_leaks
from lambdas.preprocess.split.placing import Shares, place, place_by_time
from lambdas.shared.failures.errors import GroupUnusable
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import SPLITS

_ROWS_PER_RANGE = 20
_MOST_RANGES = 10
_NUMBERED = "SELECT *, rowid AS row FROM usable"


@dataclass(frozen=True)
class Plan:
    """By what a split is made.

    Parameters
    ----------
    shares : Shares
    arrangement : Arrangement
    digest : str
        Hexadecimal sha256 of the file.
    """

    shares: Shares
    arrangement: Arrangement
    digest: str


@dataclass(frozen=True)
class Split:
    """What became of the rows.

    Parameters
    ----------
    rows : dict
        Rows by side.
    classes : int or None
        None in regression.
    repeats : Repeats
    findings : tuple of Finding
    """

    rows: dict[str, int]
    classes: int | None
    repeats: Repeats
    findings: tuple[Finding, ...]


def assign_sides(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    task: str,
    plan: Plan,
    features: Sequence[Feature],
) -> Split:
    """Make the table ``sides`` from ``usable``: the side of each row, NULL where it is left out.

    Without groups and times, every class with at least three rows that are no copies of each other
    is on every side.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    target : Target
    task : str
    plan : Plan
    features : sequence of Feature
        Rows are copies, or equal by nature, in these.
    """
    arrangement = plan.arrangement
    copies = find_copies(connection, features, task, arrangement)
    if copies.copied:
        copies = replace(copies, excluded=_exclude_copies(connection, arrangement))
    _make_units(connection, task, arrangement)
    connection.execute(
        f"CREATE TYPE side AS ENUM {SPLITS}; CREATE TABLE placed (unit UBIGINT, side side)"
    )
    if arrangement.moment:
        place_by_time(connection, plan.shares)
    else:
        place(connection, plan.shares, plan.digest)
    connection.execute(
        "CREATE TABLE sides AS SELECT side FROM ("
        f"SELECT row, {arrangement.unit} AS unit, label FROM ({_NUMBERED})"
        ") AS members LEFT JOIN placed ON label IS NOT NULL AND placed.unit = members.unit "
        "ORDER BY row"
    )
    counts = dict(
        connection.execute(
            "SELECT side::VARCHAR, count(*) FROM sides WHERE side IS NOT NULL GROUP BY side"
        ).fetchall()
    )
    classes = None
    if task != "regression":
        (classes,) = one(connection, "SELECT count(DISTINCT label) FROM usable")
    rows = {side: int(counts.get(side, 0)) for side in SPLITS}
    repeats, findings = look_for_leaks(connection, target, task, arrangement, copies)
    return Split(rows, classes, repeats, tuple(findings))


def _make_units(connection: duckdb.DuckDBPyConnection, task: str, arrangement: Arrangement) -> None:
    """Make the table ``units``: what stays together, its stratum, rows, first row and latest time.

    Raises
    ------
    GroupUnusable
        If there are fewer units than sides, for the sake of groups.
    """
    if task == "regression":
        (rows,) = one(connection, "SELECT count(label) FROM usable")
        ranges = max(1, min(_MOST_RANGES, rows // _ROWS_PER_RANGE))
        members = (
            f"SELECT *, (rank() OVER (ORDER BY ({number('label')})) - 1) * {ranges} // {rows} "
            f"AS stratum FROM ({_NUMBERED}) WHERE label IS NOT NULL"
        )
    else:
        connection.execute(
            "CREATE TABLE strata AS SELECT label, row_number() OVER (ORDER BY count(*), label) "
            "AS stratum FROM usable WHERE label IS NOT NULL GROUP BY label"
        )
        members = f"SELECT * FROM ({_NUMBERED}) JOIN strata USING (label)"
    moment = ", max(moment) AS moment" if arrangement.moment else ""
    connection.execute(
        f"CREATE TABLE units AS SELECT {arrangement.unit} AS unit, count(*) AS size, "
        f"min(stratum)::BIGINT AS stratum, min(row) AS first{moment} FROM ({members}) GROUP BY 1"
    )
    (units,) = one(connection, "SELECT count(*) FROM units")
    if arrangement.group and units < len(SPLITS):
        name = arrangement.group.name
        text = Message(
            "the usable rows have {count} value of “{name}” only",
            "the usable rows have {count} different values of “{name}”",
            count=units,
            name=name,
        )
        raise GroupUnusable(text)


def _exclude_copies(connection: duckdb.DuckDBPyConnection, arrangement: Arrangement) -> int:
    """Exclude copies that agree in the target with an earlier one, and return how many these are.

    Rows of different groups are none of each other.
    """
    (rows,) = one(
        connection,
        "UPDATE usable SET label = NULL, reason = 'copy' WHERE rowid IN (SELECT row FROM ("
        f"SELECT row, row_number() OVER (PARTITION BY {arrangement.unit}, record, label "
        f"ORDER BY row) AS place FROM ({_NUMBERED}) WHERE record IS NOT NULL AND label IS NOT NULL"
        ") WHERE place > 1)",
    )
    return int(rows)
