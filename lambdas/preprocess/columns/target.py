"""Which column to predict, the task that it makes, and its positive class."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.cells import is_number, number
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.engine import one
from lambdas.shared.failures.errors import ColumnNotFound, DataError, NoUsableTarget, TargetNotFound
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.positive_class import BY_ORDER, PositiveClass, choose_positive
from lambdas.shared.settings.dataset import Resolved
from training.written_numbers import BLANK

TARGET_NAMES = ("target", "label", "class", "diagnosis", "outcome", "y")
FEWEST_PER_CLASS = 3  # one for each subset
# Whole numbers are taken as classes up to this many different values, as in digits and grades ...
_MOST_NUMERIC_CLASSES = 10
# ... if each occurs this often on average; otherwise they are counts or measurements.
_ROWS_PER_NUMERIC_CLASS = 5
_MOST_DOUBTFUL = 30  # whole numbers with more different values are hardly classes
_MOST_CLASSES = 200
_ROWS_PER_CLASS = 3


def likely_target(columns: Sequence[str], filled: Collection[int], named: str | None) -> int | None:
    """Return the position of the column that will most likely be the target.

    Parameters
    ----------
    filled : collection of int
        Positions with a value in the first rows.
    named : str or None
        The target that the settings name.
    """
    if named is not None:
        wanted = named.strip()
        folds = [name.casefold() for name in columns]
        for names, name in ((list(columns), wanted), (folds, wanted.casefold())):
            if name in names:
                return names.index(name)
        return None
    usual = _usually_named(columns)
    return max(filled, default=None) if usual is None else usual


def _usually_named(columns: Sequence[str]) -> int | None:
    positions = {name.casefold(): n for n, name in reversed(list(enumerate(columns)))}
    positions |= {name: n for n, name in enumerate(columns)}  # "y" rather than "Y"
    return next((positions[name] for name in TARGET_NAMES if name in positions), None)


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Parameters
    ----------
    rule : Message
        By which rule it was chosen.
    positive : str or None
        The positive one of two classes, once it is known.
    """

    profile: Profile
    rule: Message
    positive: str | None = None

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
        return Target(find_column(profiles, named, TargetNotFound), resolved.rules["target"])
    usual = _usually_named([profile.name for profile in profiles])
    if usual is not None:
        rule = Message("not set; a column is called “{name}”", name=profiles[usual].name)
        return Target(profiles[usual], rule)
    filled = [profile for profile in profiles if profile.filled]
    if not filled:
        raise NoUsableTarget(Message("every cell of the file is empty"))
    rule = Message(
        "not set; it is the last column, as none is called {names}", names=", ".join(TARGET_NAMES)
    )
    return Target(filled[-1], rule)


def find_column(profiles: Sequence[Profile], named: str, missing: type[DataError]) -> Profile:
    """Return the column that a setting names, in whatever case.

    Raises
    ------
    DataError
        Of the class `missing`, if there is none; names the nearest one.
    """
    exact = [profile for profile in profiles if profile.name == named.strip()]
    alike = [p for p in profiles if p.name.casefold() == named.strip().casefold()]
    for found in (exact, alike):
        if len(found) == 1:
            return found[0]
    names = [profile.name for profile in profiles]
    nearest = difflib.get_close_matches(named, names, n=1)
    meant = Message("did you mean “{name}”?", name=nearest[0] if nearest else "")
    hint = meant if nearest else Message("the columns are {names}", names=listed(names))
    raise missing(Message("“{name}” is not among the columns; {hint}", name=named, hint=hint))


def named_column(
    profiles: Sequence[Profile], target: Target, setting: str, named: str | None
) -> tuple[Profile | None, list[Finding]]:
    """Look up the column that a setting names, with what is wrong about it."""
    if named is None:
        return None, []
    try:
        column = find_column(profiles, named, ColumnNotFound)
    except ColumnNotFound as error:
        return None, list(error.findings)
    if column.position == target.position:
        text = Message(
            "the column “{name}” is the target, so “{setting}” cannot name it",
            name=column.name,
            setting=setting,
        )
        return None, [Finding("SettingsInvalid", text, column=column.name)]
    return column, []


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
    """Return whether numbers measure or count, rather than name classes."""
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


def named_positive(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, resolved: Resolved
) -> tuple[PositiveClass | None, list[Finding]]:
    """Look up the class that the settings name.

    Parameters
    ----------
    target : Target
        It fits the task.
    task : str
        With rare classes: those are excluded later, and two may remain.

    Returns
    -------
    positive : PositiveClass or None
        None if none is named, or it can't be used.
    findings : list of Finding
        With ``PositiveClassNotFound``, or ``SettingsInvalid`` if there are not two classes; with
        ``PositiveClassAssumed`` if none is named and neither class says by its name that it is.
    """
    named = resolved.settings.positive_class
    if named is None or resolved.settings.task in ("multiclass", "regression"):
        # The latter two contradict a name, which is reported already.
        return None, [] if named else _positive_assumed(connection, target, task, resolved)
    name = target.profile.name
    if task == "regression":
        text = Message(
            "“positive_class” is one of two classes, but “{name}” contains numbers to estimate",
            name=name,
        )
        return None, [Finding("SettingsInvalid", text, column=name)]
    rows_by_label = _rows_by_label(connection, target)
    labels = _frequent(rows_by_label)
    if len(labels) < 2:
        return None, []  # reported as a single class
    if len(labels) > 2:
        text = Message(
            "“positive_class” is one of two classes, but “{name}” has {classes} classes",
            name=name,
            classes=len(labels),
        )
        return None, [Finding("SettingsInvalid", text, column=name)]
    rule = resolved.rules["positive_class"]
    found = _alike(named, labels)
    if found is not None:
        return PositiveClass(found, rule), []
    text = Message(
        "the class given in “positive_class” ({rule}) is not one of the two classes of “{name}”",
        rule=rule,
        name=name,
    )
    if _alike(named, list(rows_by_label)) is not None:
        text = Message(
            "the class given in “positive_class” ({rule}) is in fewer than {fewest} rows of "
            "“{name}”, so these are excluded",
            rule=rule,
            fewest=FEWEST_PER_CLASS,
            name=name,
        )
    return None, [Finding("PositiveClassNotFound", text, column=name)]


def _positive_assumed(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, resolved: Resolved
) -> list[Finding]:
    """Say that only the order of the names decides, where it does."""
    if task == "regression" or resolved.settings.task in ("multiclass", "regression"):
        return []
    labels = _frequent(_rows_by_label(connection, target))
    if len(labels) != 2 or choose_positive(labels).rule != BY_ORDER:
        return []
    name = target.profile.name
    text = Message(
        "neither class of “{name}” says by its name that something is present, so the second in "
        "alphabetical order counts as positive",
        name=name,
    )
    return [Finding("PositiveClassAssumed", text, column=name)]


def _frequent(rows_by_label: dict[str, int]) -> list[str]:
    return [label for label, rows in rows_by_label.items() if rows >= FEWEST_PER_CLASS]


def _rows_by_label(connection: duckdb.DuckDBPyConnection, target: Target) -> dict[str, int]:
    label = class_label(target, connection)
    found = connection.execute(
        f"SELECT label, count(*) FROM (SELECT {label} AS label FROM data) "
        "WHERE label IS NOT NULL GROUP BY label"
    ).fetchall()
    return dict(found)


def _alike(named: str, labels: Sequence[str]) -> str | None:
    """Return the label that is spelled so, else in whatever case, else the same number."""
    wanted = named.strip(BLANK)
    spelled = [label for label in labels if label == wanted]
    in_any_case = [label for label in labels if label.casefold() == wanted.casefold()]
    equal = [label for label in labels if is_same_number(label, wanted)]
    for found in (spelled, in_any_case, equal):
        if len(found) == 1:
            return found[0]
    return None


def is_same_number(one: str, other: str) -> bool:
    """Return whether two spellings are of one number."""
    return is_number(one) and is_number(other) and float(one) == float(other)
