"""From a CSV file and settings to splits; everything between download and upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import connect
from lambdas.preprocess.features import Feature, choose_features
from lambdas.preprocess.profile import profile
from lambdas.preprocess.reading import Table, read
from lambdas.preprocess.room import Shares
from lambdas.preprocess.rows import FEWEST_ROWS, prepare_rows
from lambdas.preprocess.split import Split, assign_sides
from lambdas.preprocess.target import Target, choose_target
from lambdas.preprocess.task import decide_task
from lambdas.preprocess.writing import write_splits
from lambdas.shared.errors import DataError, raise_errors
from lambdas.shared.findings import NAMED, Finding, errors_of
from lambdas.shared.settings import Resolved, Source, resolve


@dataclass(frozen=True)
class Prepared:
    """What preprocessing made of a file."""

    resolved: Resolved
    table: Table
    task: str
    task_rule: str
    target: Target
    features: tuple[Feature, ...]
    split: Split
    findings: tuple[Finding, ...]
    files: dict[str, Path]


@dataclass(frozen=True)
class Chosen:
    """What is to be learnt from what."""

    target: Target
    task: str
    features: list[Feature]


def prepare(source: Path, digest: str, sources: Sequence[Source], folder: Path) -> Prepared:
    """Read, check, profile and split one file.

    Parameters
    ----------
    source : Path
        The CSV file.
    digest : str
        Hexadecimal sha256 of its bytes; seeds the split.
    sources : sequence of Source
        Settings, strongest first.
    folder : Path
        Empty folder for the database and the splits.

    Raises
    ------
    DataError
        With every problem found, of the first one's class.
    """
    resolved = resolve(sources)
    findings = list(resolved.findings)
    with connect(folder) as connection:
        table = _read(connection, source, findings)
        chosen = _choose(connection, table, resolved, findings)
        if not errors_of(findings):
            findings += prepare_rows(
                connection, chosen.target, chosen.features, chosen.task, digest
            )
        raise_errors(findings)
        target, task, features = chosen.target, chosen.task, chosen.features
        shares = Shares(resolved.settings.test_fraction, resolved.settings.validation_fraction)
        split = assign_sides(connection, target, task, shares)
        if split.classes == 2 and not resolved.settings.task:
            task = "binary"  # also where rare classes beside the two were left out
        files = write_splits(connection, features, target, folder)
    return Prepared(
        resolved=resolved,
        table=table,
        task=task,
        task_rule=resolved.rules.get("task", "found from the values of the target"),
        target=target,
        features=tuple(features),
        split=split,
        findings=(*findings, *split.findings),
        files=files,
    )


def _read(connection: duckdb.DuckDBPyConnection, source: Path, findings: list[Finding]) -> Table:
    """Read the file; if there is no table to go on with, raise with all that is known."""
    problems: tuple[Finding, ...] = ()
    try:
        table = read(connection, source)
        findings += table.findings
    except DataError as error:
        problems = error.findings
    raise_errors([*findings, *problems] if problems else [])
    return table


def _choose(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    resolved: Resolved,
    findings: list[Finding],
) -> Chosen:
    """Choose target, task and features, adding what is found on the way."""
    profiles = profile(connection, table)
    problems: tuple[Finding, ...] = ()
    try:
        target = choose_target(profiles, resolved)
    except DataError as error:
        problems = error.findings
    raise_errors([*findings, *problems] if problems else [])
    task, more = decide_task(connection, target, resolved.settings.task)
    findings += _too_few(table) + more
    features, more = choose_features(connection, table, profiles, target)
    findings += more
    if not features:
        findings.append(_no_features(more))
    return Chosen(target, task, features)


def _too_few(table: Table) -> list[Finding]:
    if table.rows >= FEWEST_ROWS:
        return []
    text = f"the file has {table.rows} rows, at least {FEWEST_ROWS} are needed"
    return [Finding("TooFewRows", text)]


def _no_features(left_out: Sequence[Finding]) -> Finding:
    reasons = [finding.message for finding in left_out[:NAMED]]
    return Finding("NoUsableFeatures", "; ".join(reasons) or "the file has no other column")
