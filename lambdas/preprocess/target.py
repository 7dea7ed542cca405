"""Which column to predict, and what kind of task that makes."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.findings import listed
from lambdas.preprocess.profile import Profile, number
from lambdas.shared.errors import DataError, NoUsableTarget, SingleClass, TargetNotFound
from lambdas.shared.settings import Resolved

TARGET_NAMES = ("target", "label", "class", "diagnosis", "outcome", "y")
# Whole numbers are taken as classes up to this many different values, as in scores and grades ...
_MOST_NUMERIC_CLASSES = 20
# ... if each occurs this often on average; otherwise they are counts or measurements.
_ROWS_PER_NUMERIC_CLASS = 5
_MOST_CLASSES = 200
_ROWS_PER_CLASS = 3


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Parameters
    ----------
    profile : Profile
    rule : str
        Sentence saying by which rule it was chosen.
    """

    profile: Profile
    rule: str

    @property
    def position(self) -> int:
        """The column's position in the file."""
        return self.profile.position


def choose_target(profiles: Sequence[Profile], resolved: Resolved) -> Target:
    """Choose the target: what the settings name, else a usual name, else the last filled column.

    Raises
    ------
    TargetNotFound
        If the settings name a column that is not there.
    NoUsableTarget
        If no column has a value.
    """
    named = resolved.settings.target
    if named is not None:
        return Target(_find(profiles, named), f"{resolved.rules['target']}")
    by_name = {profile.name.casefold(): profile for profile in reversed(profiles)}
    for name in TARGET_NAMES:
        if name in by_name:
            rule = f"not set; a column is called “{by_name[name].name}”"
            return Target(by_name[name], rule)
    filled = [profile for profile in profiles if profile.filled]
    if not filled:
        raise NoUsableTarget("every cell of the file is empty")
    rule = f"not set; it is the last column, as none is called {', '.join(TARGET_NAMES)}"
    return Target(filled[-1], rule)


def _find(profiles: Sequence[Profile], named: str) -> Profile:
    for profile in profiles:
        if profile.name == named.strip():
            return profile
    alike = [p for p in profiles if p.name.casefold() == named.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    names = [profile.name for profile in profiles]
    nearest = difflib.get_close_matches(named, names, n=1)
    hint = f"did you mean “{nearest[0]}”?" if nearest else f"the columns are {listed(names)}"
    raise TargetNotFound(f"“{named}” is not among the columns; {hint}")


def decide_task(
    connection: duckdb.DuckDBPyConnection, target: Target, wanted: str | None
) -> tuple[str, list[DataError]]:
    """Decide the task from the settings or the target's values.

    Returns
    -------
    task : str
        ``binary``, ``multiclass`` or ``regression``.
    problems : list of DataError
        Why the target can't serve, if so.
    """
    profile, name = target.profile, target.profile.name
    if profile.filled == 0:
        return wanted or "binary", [NoUsableTarget(f"the column “{name}” is empty in every row")]
    (distinct,) = connection.execute(
        f"SELECT count(DISTINCT {class_label(target, connection)}) FROM data"
    ).fetchone() or (0,)
    if distinct == 1:
        return wanted or "binary", [
            SingleClass(f"the column “{name}” has one value in all {profile.filled} filled rows")
        ]
    task = wanted or _infer(profile, distinct)
    problem = _unfit(connection, target, task, distinct)
    return task, [problem] if problem else []


def _infer(profile: Profile, distinct: int) -> str:
    if distinct == 2:
        return "binary"
    classes = distinct <= _MOST_NUMERIC_CLASSES and (
        profile.filled >= distinct * _ROWS_PER_NUMERIC_CLASS
    )
    if profile.is_numeric and not (profile.is_whole and classes):
        return "regression"
    return "multiclass"


def _unfit(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, distinct: int
) -> DataError | None:
    """Return why the target does not fit the task, or None."""
    name, filled = target.profile.name, target.profile.filled
    if task == "regression":
        if target.profile.is_numeric:
            return None
        rows = connection.execute(
            f"SELECT rowid + 2 FROM data WHERE c{target.position} IS NOT NULL "
            f"AND ({number(f'c{target.position}')}) IS NULL ORDER BY rowid LIMIT 11"
        ).fetchall()
        return NoUsableTarget(
            f"the task is “regression”, but the column “{name}” holds something else than a number "
            f"in row {listed([row for (row,) in rows])}"
        )
    if task == "binary" and distinct != 2:
        return NoUsableTarget(
            f"the task is “binary”, but the column “{name}” has {distinct} different values"
        )
    if distinct > _MOST_CLASSES or filled < distinct * _ROWS_PER_CLASS:
        return NoUsableTarget(
            f"the column “{name}” has {distinct} different values in {filled} filled rows, "
            "which is too many to be classes"
        )
    return None


def class_label(target: Target, connection: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL of the target as a class.

    Classes keep their spelling, unless numbers are spelled in several ways ("1" and "1.0"): then
    whole numbers are written without a point.
    """
    column = f"c{target.position}"
    if not target.profile.is_numeric or not target.profile.is_whole:
        return column
    value = f"({number(column)})"
    texts, values = connection.execute(
        f"SELECT count(DISTINCT {column}), count(DISTINCT {value}) FROM data"
    ).fetchone() or (0, 0)
    return column if texts == values else f"CAST(CAST({value} AS HUGEINT) AS VARCHAR)"
