"""Which rows can be used: those with a target, of classes that reach every side."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target, class_label
from lambdas.preprocess.engine import literal, one
from lambdas.preprocess.split.arrangement import Arrangement
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed

FEWEST_ROWS = 20  # 14 for training, 3 for validation and 3 for the test: less tells nothing
FEWEST_PER_CLASS = 3  # one for each side
_FEW_ROWS = 60  # a test of nine rows: its share of right answers may be off by thirty per cent
_MANY_CLASSES = 20
_IMBALANCED = 0.95


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
    # Equal hashes of different rows would only keep these on one side, so 64 bits are plenty, and
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
        findings += _leave_out_rare_classes(connection, target)
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


def _leave_out_rare_classes(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
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
