"""Keys: how the values that identify rows are compared, and which columns may hold them."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.cells import MISSING, trimmed
from lambdas.preprocess.columns.profile import column_not_found
from lambdas.preprocess.engine import batches, literal, one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings

_DIFFERENT = 0.9  # share of a column's values that must differ
_MOST = 20  # columns that are tried
# A file of predictions has it in front of what a spreadsheet would take for a formula.
_APOSTROPHE = r"^'([-=+@\t\r])"
_WHOLE, _DECIMAL = r"^(-?(?:0|[1-9][0-9]*))\.0*$", r"^(-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])0+$"


@dataclass(frozen=True)
class KeyColumn:
    """A column that may identify rows: its name, and its position in the file."""

    name: str
    position: int


def compared(column: str, missing: Sequence[str]) -> str:
    """Return the SQL of keys as they are compared, NULL where there is none.

    Blanks around them do not count, nor does how a number's end is written: 1 is 1.0, as
    spreadsheets and pandas have it. Case and leading zeros do.
    """
    sql = without_apostrophe(trimmed(column, (*MISSING, *missing)))
    for pattern in (_WHOLE, _DECIMAL):
        sql = f"regexp_replace({sql}, {literal(pattern)}, '\\1')"
    return sql


def without_apostrophe(cell: str) -> str:
    """Return the SQL of a cell of a file of predictions as it was before it was made harmless."""
    return f"regexp_replace({cell}, {literal(_APOSTROPHE)}, '\\1')"


def plain_name(name: str) -> str:
    """Return a column's name as it is compared with those of a file of predictions."""
    return re.sub(_APOSTROPHE, r"\1", name).strip()


def place_of(name: str, names: Sequence[str]) -> int | None:
    """Return where a column is among others, in whatever case if its own is not there."""
    if name in names:
        return names.index(name)
    alike = [n for n, other in enumerate(names) if other.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def key_columns(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    settings: DatasetSettings,
    targets: Collection[str],
    features: Collection[str],
) -> tuple[list[KeyColumn], list[Finding]]:
    """Return the columns that may identify the rows of ``actuals``, and what is wrong.

    Parameters
    ----------
    names : sequence of str
        Of the columns, by position.
    targets, features : collection of str
        What models predict, and what they learn from. Columns of neither come first, as those that
        identify rows are none.
    """
    if settings.key:
        return _named(names, settings.key, targets)
    others = [n for n, name in enumerate(names) if name and name not in targets]
    different = _different(connection, others, settings.missing)
    found = sorted(different, key=lambda n: (names[n] in features, n))[:_MOST]
    if found:
        return [KeyColumn(names[n], n) for n in found], []
    text = Message(
        "no column has a value of its own in nearly every row, as one that identifies rows has"
    )
    return [], [Finding("KeyUnclear", text)]


def _named(
    names: Sequence[str], key: str, targets: Collection[str]
) -> tuple[list[KeyColumn], list[Finding]]:
    position = place_of(key.strip(), names)
    if position is None:
        return [], [column_not_found("key", key, list(filter(None, names)))]
    if names[position] in targets:
        text = Message(
            "the column “{name}” is the target, so “{setting}” cannot name it",
            name=names[position],
            setting="key",
        )
        return [], [Finding("SettingsInvalid", text, column=names[position])]
    return [KeyColumn(names[position], position)], []


def _different(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int], missing: Sequence[str]
) -> set[int]:
    """Return the columns whose values nearly all differ."""
    found = set()
    for batch in batches(positions):
        keys = [compared(f"c{n}", missing) for n in batch]
        figures = ", ".join(f"count({key}), count(DISTINCT {key})" for key in keys)
        counts = iter(one(connection, f"SELECT {figures} FROM actuals"))
        for n in batch:
            filled, different = next(counts), next(counts)
            if filled and different >= _DIFFERENT * filled:
                found.add(n)
    return found


def nearest(name: str, names: Sequence[str]) -> str | None:
    """Return the most similar of other names, if one is similar."""
    folded = {other.casefold(): other for other in names if other}
    alike = difflib.get_close_matches(name.casefold(), folded, 1)
    return folded[alike[0]] if alike else None
