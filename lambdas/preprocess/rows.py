"""Which rows can be used: those with a target, of classes that reach every side."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.features import Feature
from lambdas.preprocess.profile import number
from lambdas.preprocess.target import Target, class_label
from lambdas.shared.findings import Finding

FEWEST_ROWS = 20  # 14 for training, 3 for validation and 3 for the test: less tells nothing
FEWEST_PER_CLASS = 3  # one for each side


def prepare_rows(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    features: Sequence[Feature],
    task: str,
    digest: str,
) -> list[Finding]:
    """Make the table ``usable``: row, label (text), and key (seeded hash of the row's content).

    Rows without target, and classes too small to be on every side, are left out.

    Returns
    -------
    list of Finding
        With ``SingleClass`` or ``TooFewRows`` if what is left can't be split.
    """
    _keep_rows_with_target(connection, target, features, task, digest)
    findings = _rows_without_target(connection, target)
    if task != "regression":
        findings += _leave_out_rare_classes(connection, target)
        (classes,) = one(connection, "SELECT count(DISTINCT label) FROM usable")
        if classes < 2:
            text = f"fewer than two values of the column “{target.profile.name}” occur in at least"
            text = f"{text} {FEWEST_PER_CLASS} rows each"
            findings.append(Finding("SingleClass", text, column=target.profile.name))
    (rows,) = one(connection, "SELECT count(*) FROM usable")
    if rows < FEWEST_ROWS:
        text = f"{rows} rows can be used, at least {FEWEST_ROWS} are needed"
        findings.append(Finding("TooFewRows", text))
    return findings


def _keep_rows_with_target(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    features: Sequence[Feature],
    task: str,
    digest: str,
) -> None:
    label, present = class_label(target, connection), "label IS NOT NULL"
    if task == "regression":
        label, present = f"c{target.position}", f"({number('label')}) IS NOT NULL"
    cells = ["label", *(f"c{feature.position}" for feature in features)]
    # Lengths make the concatenation unambiguous: ("ab", "c") differs from ("a", "bc").
    content = " || ".join(
        f"coalesce(length({cell})::VARCHAR || ':' || {cell}, '-')" for cell in cells
    )
    connection.execute(
        "CREATE TABLE usable AS SELECT row, label, sha256($digest || content) AS key FROM ("
        f"SELECT row, label, {content} AS content "
        f"FROM (SELECT rowid AS row, {label} AS label, * FROM data) WHERE {present}) ORDER BY row",
        {"digest": digest},
    )


def _rows_without_target(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    missing, first = connection.execute(
        "SELECT count(*), min(rowid) + 2 FROM data WHERE rowid NOT IN (SELECT row FROM usable)"
    ).fetchone() or (0, None)
    if not missing:
        return []
    name = target.profile.name
    text = f"{missing} rows are left out: “{name}” is missing there (the first is row {first})"
    return [Finding("TargetMissing", text, column=name, row=first)]


def _leave_out_rare_classes(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    connection.execute(
        "CREATE TEMP TABLE rare AS SELECT label, count(*) AS members FROM usable GROUP BY label "
        f"HAVING count(*) < {FEWEST_PER_CLASS}"
    )
    classes, rows = connection.execute("SELECT count(*), sum(members) FROM rare").fetchone() or (
        0,
        0,
    )
    if not classes:
        return []
    connection.execute("DELETE FROM usable WHERE label IN (SELECT label FROM rare)")
    name = target.profile.name
    text = (
        f"{classes} values of “{name}” occur in fewer than {FEWEST_PER_CLASS} rows; these "
        f"{rows} rows are left out"
    )
    return [Finding("RareClass", text, column=name)]
