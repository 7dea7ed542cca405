"""Rows that belong together (``group``) and rows that follow each other (``time``)."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target, find_column
from lambdas.shared.failures.errors import ColumnNotFound
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed
from lambdas.shared.settings.dataset import DatasetSettings


@dataclass(frozen=True)
class Arrangement:
    """How rows are bound to each other.

    Parameters
    ----------
    group, time : Profile or None
        Rows with the same ``group`` stay on one side; the latest by ``time`` are the test.
    moment : str or None
        SQL of the time as a number that grows with it.
    """

    group: Profile | None = None
    time: Profile | None = None
    moment: str | None = None

    @property
    def positions(self) -> frozenset[int]:
        """Columns that arrange rows, so that nothing is learnt from them."""
        return frozenset(column.position for column in (self.group, self.time) if column)

    @property
    def columns(self) -> tuple[str, ...]:
        """SQL of what the table ``usable`` holds for it."""
        family = "CASE WHEN {0} IS NOT NULL THEN hash({0}) END AS family"
        parts = [family.format(f"c{self.group.position}")] if self.group else []
        return (*parts, f"{self.moment} AS moment") if self.moment else tuple(parts)

    @property
    def unit(self) -> str:
        """SQL of what rows of ``usable``, numbered by ``row``, share if they stay together."""
        known = [name for name, given in (("family", self.group), ("record", True)) if given]
        return f"coalesce({', '.join(known)}, hash(row))"


def arrange(
    connection: duckdb.DuckDBPyConnection,
    profiles: Sequence[Profile],
    target: Target,
    settings: DatasetSettings,
) -> tuple[Arrangement, list[Finding]]:
    """Look up the columns that the settings name.

    Returns
    -------
    arrangement : Arrangement
    findings : list of Finding
        With ``ColumnNotFound`` or ``TimeUnusable`` if they can't be used.
    """
    group, findings = named_column(profiles, target, "group", settings.group)
    time, more = named_column(profiles, target, "time", settings.time)
    findings += more
    if group:
        text = Message(
            "rows with the same “{name}” are never split between training, validation and test; "
            "the column is not a feature",
            name=group.name,
        )
        findings.append(Finding("GroupOrder", text, column=group.name))
    if time is None:
        return Arrangement(group), findings
    form, moment, unread = _moment(connection, time)
    if unread:
        text = Message(
            "the column “{name}” does not contain a date or time in row {rows}",
            "the column “{name}” does not contain a date or time in rows {rows}",
            count=len(unread),
            name=time.name,
            rows=listed(unread),
        )
        findings.append(Finding("TimeUnusable", text, column=time.name, row=unread[0]))
    text = Message(
        "the times in “{name}” are read {form}; the latest rows are the test set",
        name=time.name,
        form=form,
    )
    findings.append(Finding("TimeOrder", text, column=time.name))
    return Arrangement(group, time, moment), findings


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


def _moment(connection: duckdb.DuckDBPyConnection, time: Profile) -> tuple[Message, str, list[int]]:
    """Make a number of a time; dates are in ISO 8601 by now.

    Returns
    -------
    form : Message
        How it is read, for a sentence.
    sql : str
    unread : list of int
        The first rows, as a spreadsheet counts, that hold no time.
    """
    column = f"c{time.position}"
    if time.is_numeric:
        return Message("as numbers"), f"CAST({column} AS DOUBLE)", []
    sql = f"epoch(TRY_CAST({column} AS TIMESTAMP))"
    unread = connection.execute(
        f"SELECT sheet_row(rowid) FROM data WHERE {column} IS NOT NULL AND {sql} IS NULL "
        f"ORDER BY rowid LIMIT {NAMED + 1}"
    ).fetchall()
    return Message("as dates"), sql, [row for (row,) in unread]
