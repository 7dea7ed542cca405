"""Which rows can be used, what binds them to each other, and what became of every one.

Rows need a target, and their class enough rows to reach every subset. ``group`` and ``time`` bind
them. The account of all rows adds up, or the run is refused as our mistake.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import FEWEST_PER_CLASS, Target, class_label, named_column
from lambdas.preprocess.engine import literal, one
from lambdas.preprocess.read.loading import Table, check
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed
from lambdas.shared.settings.dataset import DatasetSettings

if TYPE_CHECKING:
    from lambdas.preprocess.split.subsets import Split

FEWEST_ROWS = 20  # 14 for training, 3 for validation and 3 for the test: fewer measure nothing
_FEW_ROWS = 60  # a test of nine rows: its share of right answers may be off by thirty per cent
_MANY_CLASSES = 20
_IMBALANCED = 0.95


@dataclass(frozen=True)
class Arrangement:
    """How rows are bound to each other.

    Parameters
    ----------
    group, time : Profile or None
        Rows with the same ``group`` stay in one subset; the latest by ``time`` are the test.
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


def prepare_rows(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    features: Sequence[Feature],
    task: str,
    arrangement: Arrangement,
) -> list[Finding]:
    """Make the table ``usable``, one row for each of ``data``.

    Its columns are ``label`` (text; NULL in rows that are excluded), ``reason`` (why a row is, else
    NULL), ``cells`` (64-bit hash of the features),
    ``family`` (hash of the group, if there are groups) and ``moment`` (if rows have times).

    Returns
    -------
    list of Finding
        With ``SingleClass`` or ``TooFewRows`` if what is left can't be split.
    """
    label = class_label(target, connection)
    if task == "regression":
        column = f"c{target.position}"
        label = f"CASE WHEN ({number(column)}) IS NOT NULL THEN {column} END"
    # Equal hashes of different rows would only keep these in one subset, so 64 bits are plenty, and
    # it does not matter that the hash may change with DuckDB's version.
    cells = ", ".join(f"c{feature.position}" for feature in features)
    more = "".join(f", {expression}" for expression in arrangement.columns)
    reason = (
        f"CASE WHEN label IS NULL THEN CASE WHEN c{target.position} IS NULL "
        "THEN 'target_missing' ELSE 'target_no_number' END END"
    )
    connection.execute(
        f"CREATE TABLE usable AS SELECT {label} AS label, {reason} AS reason, "
        f"hash({cells}) AS cells{more} FROM data"
    )
    findings = _rows_without_target(connection, target)
    if task != "regression":
        findings += _exclude_rare_classes(connection, target)
        (classes,) = one(connection, "SELECT count(DISTINCT label) FROM usable")
        if classes < 2:
            text = Message(
                "fewer than two values of the column “{name}” occur in at least {fewest} rows each",
                name=target.profile.name,
                fewest=FEWEST_PER_CLASS,
            )
            findings.append(Finding("SingleClass", text, column=target.profile.name))
        else:
            findings += _about_classes(connection, target, classes)
    (rows,) = one(connection, "SELECT count(label) FROM usable")
    if rows < FEWEST_ROWS:
        text = Message(
            "only {count} row can be used; at least {fewest} are needed",
            "only {count} rows can be used; at least {fewest} are needed",
            count=rows,
            fewest=FEWEST_ROWS,
        )
        findings.append(Finding("TooFewRows", text))
    elif rows < _FEW_ROWS:
        findings.append(Finding("FewRows", Message("only {rows} rows can be used", rows=rows)))
    return findings


def _about_classes(
    connection: duckdb.DuckDBPyConnection, target: Target, classes: int
) -> list[Finding]:
    name, findings = target.profile.name, []
    if classes > _MANY_CLASSES:
        text = Message(
            "the column “{name}” has {classes} different values", name=name, classes=classes
        )
        findings.append(Finding("ManyClasses", text, column=name))
    most, rows = one(
        connection,
        "SELECT max(members), sum(members) FROM ("
        "SELECT count(*) AS members FROM usable WHERE label IS NOT NULL GROUP BY label)",
    )
    if most > _IMBALANCED * rows:
        text = Message(
            "one value of the column “{name}” makes up {most} of {rows} rows",
            name=name,
            most=int(most),
            rows=int(rows),
        )
        findings.append(Finding("ImbalancedClasses", text, column=name))
    return findings


def _rows_without_target(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    name = target.profile.name
    findings = _no_number(connection, name)
    missing, first = _excluded(connection, "target_missing")
    if not missing:
        return findings
    text = Message(
        "{count} row is excluded because “{name}” is missing in it: row {first}",
        "{count} rows are excluded because “{name}” is missing in them (the first is row {first})",
        count=missing,
        name=name,
        first=listed([first]),
    )
    findings.append(Finding("TargetMissing", text, column=name, row=first))
    (rows,) = one(connection, "SELECT count(*) FROM usable")
    if missing > rows / 2:
        text = Message(
            "“{name}” is missing in {missing} of {rows} rows", name=name, missing=missing, rows=rows
        )
        findings.append(Finding("TargetMostlyMissing", text, column=name))
    return findings


def _no_number(connection: duckdb.DuckDBPyConnection, name: str) -> list[Finding]:
    count, first = _excluded(connection, "target_no_number")
    if not count:
        return []
    text = Message(
        "{count} row is excluded because “{name}” is not a number to learn from in it: row {first}",
        "{count} rows are excluded because “{name}” is not a number to learn from in them (the "
        "first is row {first})",
        count=count,
        name=name,
        first=listed([first]),
    )
    return [Finding("TargetNoNumber", text, column=name, row=first)]


def _excluded(connection: duckdb.DuckDBPyConnection, reason: str) -> tuple[int, int]:
    """Return how many rows a reason excludes, and the first of them."""
    count, first = one(
        connection,
        f"SELECT count(*), sheet_row(min(rowid)) FROM usable WHERE reason = {literal(reason)}",
    )
    return count, first


def _exclude_rare_classes(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    connection.execute(
        "CREATE TEMP TABLE rare AS SELECT label, count(*) AS members FROM usable "
        f"WHERE label IS NOT NULL GROUP BY label HAVING count(*) < {FEWEST_PER_CLASS}"
    )
    classes, rows = one(connection, "SELECT count(*), sum(members) FROM rare")
    if not classes:
        return []
    connection.execute(
        "UPDATE usable SET label = NULL, reason = 'rare_class' "
        "WHERE label IN (SELECT label FROM rare)"
    )
    name = target.profile.name
    excluded = Message("{count} row is excluded", "{count} rows are excluded", count=int(rows))
    text = Message(
        "{count} value of “{name}” occurs in fewer than {fewest} rows; {excluded}",
        "{count} values of “{name}” occur in fewer than {fewest} rows each; {excluded}",
        count=classes,
        name=name,
        fewest=FEWEST_PER_CLASS,
        excluded=excluded,
    )
    return [Finding("RareClass", text, column=name)]


@dataclass(frozen=True)
class Account:
    """The rows of a file.

    Parameters
    ----------
    file : int
        Records below the header; blank lines are not counted.
    used : int
        Rows of the splits.
    excluded : mapping of str to int
        The others, by reason: ``second_header``, ``repeated_header``, ``below_table``,
        ``target_missing``, ``target_no_number``, ``rare_class`` and ``copy`` (of another row that
        is used). Rows that are ``ragged`` or have ``broken_quotes`` end a run.

    Raises
    ------
    RowsDoNotAddUp
        If some are missing or too many.
    """

    file: int
    used: int
    excluded: Mapping[str, int]

    def __post_init__(self) -> None:
        check(self.file, self.used + sum(self.excluded.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"file": self.file, "used": self.used, "excluded": dict(self.excluded)}


def account_for(connection: duckdb.DuckDBPyConnection, table: Table, split: Split) -> Account:
    """Account for the rows of a file that was split.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``usable``.
    """
    reasons = dict(
        connection.execute(
            "SELECT reason, count(*) FROM usable WHERE reason IS NOT NULL GROUP BY reason "
            "ORDER BY reason"
        ).fetchall()
    )
    excluded = {why: rows for why, rows in table.excluded.items() if rows}
    return Account(table.file_rows, sum(split.rows.values()), {**excluded, **reasons})
