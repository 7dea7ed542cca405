"""Which column to predict."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target_name import TARGET_NAMES
from lambdas.shared.failures.errors import DataError, NoUsableTarget, TargetNotFound
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.dataset import Resolved


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Parameters
    ----------
    profile : Profile
    rule : Message
        By which rule it was chosen.
    """

    profile: Profile
    rule: Message

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
    usual = _usually_named(profiles)
    if usual:
        rule = Message("not set; a column is called “{name}”", name=usual.name)
        return Target(usual, rule)
    filled = [profile for profile in profiles if profile.filled]
    if not filled:
        raise NoUsableTarget(Message("every cell of the file is empty"))
    rule = Message(
        "not set; it is the last column, as none is called {names}", names=", ".join(TARGET_NAMES)
    )
    return Target(filled[-1], rule)


def _usually_named(profiles: Sequence[Profile]) -> Profile | None:
    by_name = {profile.name.casefold(): profile for profile in reversed(profiles)}
    by_name |= {profile.name: profile for profile in profiles}  # "y" rather than "Y"
    return next((by_name[name] for name in TARGET_NAMES if name in by_name), None)


def find_column(profiles: Sequence[Profile], named: str, missing: type[DataError]) -> Profile:
    """Return the column that a setting names, in whatever case.

    Raises
    ------
    DataError
        Of the class `missing`, if there is none; tells the nearest name.
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
