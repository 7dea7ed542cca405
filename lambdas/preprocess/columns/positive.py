"""The positive class that the settings name, as the target spells it, or what is assumed."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from lambdas.preprocess.columns.cells import is_number
from lambdas.preprocess.columns.target import Target, class_label
from lambdas.preprocess.split.rows import FEWEST_PER_CLASS
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.positive_class import BY_ORDER, PositiveClass, choose_positive
from lambdas.shared.settings.dataset import Resolved
from training.written_numbers import BLANK


def named_positive(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, resolved: Resolved
) -> tuple[PositiveClass | None, list[Finding]]:
    """Look up the class that the settings name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    target : Target
        It fits the task.
    task : str
        With rare classes: those are left out later, and two may be left.
    resolved : Resolved

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
        return None, [] if named else _assumed(connection, target, task, resolved)
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
        return None, []  # told as a single class
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


def _assumed(
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
        f"SELECT {label} AS label, count(*) FROM data WHERE label IS NOT NULL GROUP BY label"
    ).fetchall()
    return dict(found)


def _alike(named: str, labels: Sequence[str]) -> str | None:
    """Return the label that is spelled so, else in whatever case, else the same number."""
    wanted = named.strip(BLANK)
    spelled = [label for label in labels if label == wanted]
    in_any_case = [label for label in labels if label.casefold() == wanted.casefold()]
    equal = [label for label in labels if _is_same_number(label, wanted)]
    for found in (spelled, in_any_case, equal):
        if len(found) == 1:
            return found[0]
    return None


def _is_same_number(one: str, other: str) -> bool:
    return is_number(one) and is_number(other) and float(one) == float(other)
