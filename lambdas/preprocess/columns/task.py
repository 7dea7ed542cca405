"""What kind of task the target makes, and whether it can."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target, class_label
from lambdas.preprocess.engine import one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed

# Whole numbers are taken as classes up to this many different values, as in digits and grades ...
_MOST_NUMERIC_CLASSES = 10
# ... if each occurs this often on average; otherwise they are counts or measurements.
_ROWS_PER_NUMERIC_CLASS = 5
_MOST_DOUBTFUL = 30  # whole numbers with more different values are hardly classes
_MOST_CLASSES = 200
_ROWS_PER_CLASS = 3


def decide_task(
    connection: duckdb.DuckDBPyConnection, target: Target, wanted: str | None
) -> tuple[str, list[Finding]]:
    """Decide the task from the settings or the target's values.

    Returns
    -------
    task : str
        ``binary``, ``multiclass`` or ``regression``.
    findings : list of Finding
        Why the target can't serve, if so; or that the task could be another.
    """
    (distinct,) = one(
        connection, f"SELECT count(DISTINCT {class_label(target, connection)}) FROM data"
    )
    if distinct < 2:
        return wanted or "binary", [_no_choice(target.profile)]
    task = wanted or _infer(target.profile, distinct)
    problem = _unfit(connection, target, task, distinct)
    if problem:
        return task, [problem]
    return task, [] if wanted else _assumed(target.profile, task, distinct)


def _assumed(profile: Profile, task: str, distinct: int) -> list[Finding]:
    """Say how few whole numbers are taken, which could be amounts as well as classes."""
    if not (profile.is_numeric and profile.is_whole and 2 < distinct <= _MOST_DOUBTFUL):
        return []
    if task == "regression":
        text = Message(
            "the {count} whole number in “{name}” is taken as an amount to estimate",
            "the {count} different whole numbers in “{name}” are taken as amounts to estimate, not "
            "as classes",
            count=distinct,
            name=profile.name,
        )
    else:
        text = Message(
            "the {count} whole number in “{name}” is taken as a class",
            "the {count} different whole numbers in “{name}” are taken as classes, not as amounts "
            "to estimate",
            count=distinct,
            name=profile.name,
        )
    return [Finding("TaskAssumed", text, column=profile.name)]


def _no_choice(profile: Profile) -> Finding:
    name = profile.name
    if profile.filled == 0:
        text = Message("the column “{name}” is empty in every row", name=name)
        return Finding("NoUsableTarget", text, column=name)
    text = Message(
        "the column “{name}” is filled in {count} row only",
        "the column “{name}” has the same value in all {count} rows in which it is filled",
        count=profile.filled,
        name=name,
    )
    return Finding("SingleClass", text, column=name)


def _infer(profile: Profile, distinct: int) -> str:
    if distinct == 2:
        return "binary"
    return "regression" if _measures(profile, distinct) else "multiclass"


def _measures(profile: Profile, distinct: int) -> bool:
    """Tell numbers that measure or count from numbers that name classes."""
    few = distinct <= _MOST_NUMERIC_CLASSES
    often = profile.filled >= distinct * _ROWS_PER_NUMERIC_CLASS
    return profile.is_numeric and not (profile.is_whole and few and often)


def _unfit(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, distinct: int
) -> Finding | None:
    """Return why the target does not fit the task, or None."""
    name, filled = target.profile.name, target.profile.filled
    if task == "regression":
        return None if target.profile.is_numeric else _not_numbers(connection, target)
    if task == "binary" and distinct != 2:
        text = Message(
            "the task is “binary”, but the column “{name}” has {distinct} different values",
            name=name,
            distinct=distinct,
        )
        return Finding("TaskUnfit", text, column=name)
    if distinct > _MOST_CLASSES or filled < distinct * _ROWS_PER_CLASS:
        text = Message(
            "the column “{name}” has {distinct} different values in the {filled} rows in which it "
            "is filled, which is too many to be classes",
            name=name,
            distinct=distinct,
            filled=filled,
        )
        return Finding("TooManyClasses", text, column=name)
    return None


def _not_numbers(connection: duckdb.DuckDBPyConnection, target: Target) -> Finding:
    rows = connection.execute(
        f"SELECT sheet_row(rowid) FROM data WHERE c{target.position} IS NOT NULL "
        f"AND ({number(f'c{target.position}')}) IS NULL ORDER BY rowid LIMIT 11"
    ).fetchall()
    name, numbers = target.profile.name, [row for (row,) in rows]
    text = Message(
        "the task is “regression”, but the column “{name}” does not contain a number in row {rows}",
        "the task is “regression”, but the column “{name}” does not contain a number in rows "
        "{rows}",
        count=len(numbers),
        name=name,
        rows=listed(numbers),
    )
    return Finding("TaskUnfit", text, column=name, row=numbers[0] if numbers else None)
