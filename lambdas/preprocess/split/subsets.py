"""Place every row in training, validation or test: the same on any machine for the same bytes.

Copies of a row (`copies`), or rows of one group, are a unit, and a unit is never divided; rows that
are equal by nature are units of their own. Within each stratum (a class, or a range of the target
in regression; a unit counts for the rarest class it has) units go to test, validation and training
at random. Where rows have times, the latest are the test instead. Of copies that agree in the
target, too, only the first is used.

A stratum's units are laid round a circle, in shuffled order and from a random start, each as long
as it has rows. Test and validation are arcs of the circle, and get the units whose middles lie on
them. So every unit has the same chance to be in the test, however large it is: a test of small
groups only would say nothing of large ones (circular systematic sampling: Cochran, Sampling
Techniques, 1977, section 8.1). Only a unit of more than half a stratum is always for training.
"""

# ruff: noqa: S608 - statements hold constants and the caller's own names only

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import literal, one
from lambdas.preprocess.split.copies import find_copies
from lambdas.preprocess.split.leaks import Repeats, look_for_leaks
from lambdas.preprocess.split.limit import about_limited, lowered
from lambdas.preprocess.split.rows import Arrangement
from lambdas.shared.failures.errors import GroupUnusable, TimeUnusable
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import SPLITS

_STEPS = ((16, 0x7FEB352D), (15, 0x846CA68B))
_LAST_SHIFT = 16
_MASK = 0xFFFFFFFF
_SUBSETS = ("train", "test", "validation")  # the most wanted first
_FEWEST_TIMES = 3  # one for each subset
_MOST_REFILLED = (
    10_000  # units of a stratum among which some are chosen to fill a subset that got none
)
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
  SELECT *, (2 * (start - size + sum(size) OVER shuffled) + size) % (2 * total) AS middle
  FROM ({units}) JOIN circles USING (stratum)
  WINDOW shuffled AS (PARTITION BY stratum ORDER BY key ROWS UNBOUNDED PRECEDING)
)
"""
_ROWS_PER_RANGE = 20
_MOST_RANGES = 10
_NUMBERED = "SELECT *, rowid AS row FROM usable"


def shuffled(source: str, row: str, digest: str) -> str:
    """Return the SQL of a table with an additional column ``key``.

    Parameters
    ----------
    source : str
        Name of the table.
    row : str
        Its column of row numbers, from 0, below 2³².
    digest : str
        Hexadecimal digest, at least 64 bits.
    """
    steps = [f"{row}::UBIGINT"]
    for start in (0, 8):
        seed = int(digest[start : start + 8], 16)
        steps.append(f"xor({{0}}, {seed}::UBIGINT)")
        steps += [
            f"(xor({{0}}, {{0}} >> {shift}) * {factor}) & {_MASK}" for shift, factor in _STEPS
        ]
        steps.append(f"xor({{0}}, {{0}} >> {_LAST_SHIFT})")
    query, name = source, ""
    for place, step in enumerate(steps, start=1):
        made = f"key{place}" if place < len(steps) else "key"
        query, name = f"(SELECT *, {step.format(name)} AS {made} FROM {query})", made
    return query.removeprefix("(").removesuffix(")")


@dataclass(frozen=True)
class Plan:
    """By what a split is made.

    Parameters
    ----------
    test, validation : float
        Shares of the rows.
    arrangement : Arrangement
    digest : str
        Hexadecimal sha256 of the file.
    most : int
        Rows that either of the two may have.
    """

    test: float
    validation: float
    arrangement: Arrangement
    digest: str
    most: int


@dataclass(frozen=True)
class Unit:
    """A unit of a split: its number, its rows, and the subset it is in."""

    number: int
    size: int
    subset: str


def refilled(units: Sequence[Unit], rooms: Mapping[str, int]) -> dict[int, str]:
    """Choose units for the subsets that have none, as far as there are units enough.

    Parameters
    ----------
    units : sequence of Unit
        In shuffled order.
    rooms : mapping of int
        Rows that each subset is meant to have.

    Returns
    -------
    dict
        New subsets by units' numbers.
    """
    wanted = _SUBSETS[: len(units)]
    subsets = {unit.number: unit.subset for unit in units}
    moved: dict[int, str] = {}
    for subset in wanted:
        if subset not in subsets.values():
            for number in _chosen(units, subsets, wanted, rooms[subset]):
                moved[number] = subsets[number] = subset
    return moved


def _chosen(
    units: Sequence[Unit], subsets: Mapping[int, str], wanted: Sequence[str], room: int
) -> list[int]:
    """Choose the first units that fit, or the smallest; no wanted subset is emptied for another."""
    left = Counter(subsets.values())

    def is_free(unit: Unit) -> bool:
        subset = subsets[unit.number]
        return left[subset] > 1 or subset not in wanted

    smallest = min(filter(is_free, units), key=lambda unit: unit.size)
    chosen: list[int] = []
    for unit in units:
        if unit.size <= room and is_free(unit):
            left[subsets[unit.number]] -= 1
            room -= unit.size
            chosen.append(unit.number)
    return chosen or [smallest.number]


def place(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Place units at random, by stratum."""
    digest = plan.digest
    seed = int(digest[16:24], 16)
    connection.execute(
        f"CREATE TABLE circles AS SELECT stratum, count(*) AS units, sum(size)::BIGINT AS total, "
        f"({seed} + stratum * {_FACTOR}) % sum(size)::BIGINT AS start, "
        f"greatest(1, round(sum(size) * {plan.test}))::BIGINT AS test, "
        f"greatest(1, round(sum(size) * {plan.validation}))::BIGINT AS validation "
        "FROM units GROUP BY stratum"
    )
    connection.execute(_PLACE.format(units=shuffled("units", "first", digest)))
    lacking = connection.execute(
        "SELECT stratum FROM placed JOIN units USING (unit) GROUP BY stratum "
        "HAVING count(DISTINCT subset) < least(3, count(*)) OR count_if(subset = 'train') = 0 "
        "ORDER BY stratum"
    ).fetchall()
    for (stratum,) in lacking:
        _refill(connection, digest, f"WHERE stratum = {stratum}")
    (subsets,) = one(connection, "SELECT count(DISTINCT subset) FROM placed")
    if subsets < len(SPLITS):
        _refill(connection, digest, "")


def _refill(connection: duckdb.DuckDBPyConnection, digest: str, which: str) -> None:
    """Fill subsets that got no unit from those that have several, in one stratum or in all."""
    total, test, validation = one(
        connection, f"SELECT sum(total), sum(test), sum(validation) FROM circles {which}"
    )
    units = shuffled(f"(SELECT * FROM units {which})", "first", digest)
    found = connection.execute(
        f"SELECT unit, size, subset FROM ({units}) JOIN placed USING (unit) "
        f"ORDER BY key LIMIT {_MOST_REFILLED}"
    ).fetchall()
    rooms = {"train": total - test - validation, "test": test, "validation": validation}
    moved = refilled([Unit(*each) for each in found], rooms)
    for subset in sorted({*moved.values()}):
        units = ", ".join(str(unit) for unit, new in moved.items() if new == subset)
        connection.execute(f"UPDATE placed SET subset = {literal(subset)} WHERE unit IN ({units})")


def place_by_time(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Make the latest units the test and those before them the validation.

    Units of one time stay together; those without a time are for training.

    Raises
    ------
    TimeUnusable
        If there are fewer times than subsets.
    """
    connection.execute(
        "CREATE TABLE times AS SELECT moment, row_number() OVER latest AS place, "
        # Its rows are counted from the latest: where they have their middle, and their end.
        "-size / 2 + sum(size) OVER latest AS middle, sum(size) OVER latest AS last "
        "FROM (SELECT moment, sum(size) AS size FROM units WHERE moment IS NOT NULL GROUP BY 1) "
        "WINDOW latest AS (ORDER BY moment DESC ROWS UNBOUNDED PRECEDING)"
    )
    (rows,) = one(connection, "SELECT sum(size) FROM units")
    times, test = one(
        connection,
        f"SELECT count(*), count_if(middle <= {rows * plan.test} AND last <= {plan.most}) "
        "FROM times",
    )
    if times < _FEWEST_TIMES:
        text = Message(
            "the usable rows have {count} time only",
            "the usable rows have {count} different times",
            count=times,
        )
        raise TimeUnusable(text)
    test = max(1, min(test, times - 2))
    (tested,) = one(connection, f"SELECT max(last) FROM times WHERE place <= {test}")
    (both,) = one(
        connection,
        f"SELECT count_if(middle <= {rows * (plan.test + plan.validation)} "
        f"AND last <= {plan.most + tested}) FROM times",
    )
    both = max(test + 1, min(both, times - 1))
    connection.execute(
        f"INSERT INTO placed SELECT unit, CASE WHEN place <= {test} THEN 'test' "
        f"WHEN place <= {both} THEN 'validation' ELSE 'train' END "
        "FROM units LEFT JOIN times USING (moment)"
    )


@dataclass(frozen=True)
class Split:
    """What became of the rows.

    Parameters
    ----------
    rows : dict
        Rows by subset.
    limited : dict
        Rows that subsets would have by their shares, of those that the limit makes smaller.
    classes : int or None
        None in regression.
    """

    rows: dict[str, int]
    limited: dict[str, int]
    classes: int | None
    repeats: Repeats
    findings: tuple[Finding, ...]


def assign_subsets(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    task: str,
    plan: Plan,
    features: Sequence[Feature],
) -> Split:
    """Make the table ``subsets`` from ``usable``: each row's subset, NULL where it is excluded.

    Without groups and times, every class with at least three rows that are not copies of each other
    is in every subset.

    Parameters
    ----------
    features : sequence of Feature
        Rows are copies, or equal by nature, in these.
    """
    arrangement = plan.arrangement
    copies = find_copies(connection, features, task, arrangement)
    if copies.copied:
        copies = replace(copies, excluded=_exclude_copies(connection, arrangement))
    _make_units(connection, task, arrangement)
    plan, limited = lowered(connection, plan)
    connection.execute(
        f"CREATE TYPE subset AS ENUM {SPLITS}; CREATE TABLE placed (unit UBIGINT, subset subset)"
    )
    if arrangement.moment:
        place_by_time(connection, plan)
    else:
        place(connection, plan)
    connection.execute(
        "CREATE TABLE subsets AS SELECT subset FROM ("
        f"SELECT row, {arrangement.unit} AS unit, label FROM ({_NUMBERED})"
        ") AS members LEFT JOIN placed ON label IS NOT NULL AND placed.unit = members.unit "
        "ORDER BY row"
    )
    counts = dict(
        connection.execute(
            "SELECT subset::VARCHAR, count(*) FROM subsets WHERE subset IS NOT NULL GROUP BY subset"
        ).fetchall()
    )
    classes = None
    if task != "regression":
        (classes,) = one(connection, "SELECT count(DISTINCT label) FROM usable")
    rows = {subset: int(counts.get(subset, 0)) for subset in SPLITS}
    limited = {subset: wanted for subset, wanted in limited.items() if rows[subset] < wanted}
    repeats, findings = look_for_leaks(connection, target, task, arrangement, copies)
    findings += about_limited(rows, limited, plan.most)
    return Split(rows, limited, classes, repeats, tuple(findings))


def _make_units(connection: duckdb.DuckDBPyConnection, task: str, arrangement: Arrangement) -> None:
    """Make the table ``units``: what stays together, its stratum, rows, first row and latest time.

    Raises
    ------
    GroupUnusable
        If there are fewer units than subsets, for the sake of groups.
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
