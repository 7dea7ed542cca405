"""From a CSV file and settings to splits; everything between download and upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lambdas.preprocess.engine import connect
from lambdas.preprocess.features import Feature, choose_features
from lambdas.preprocess.findings import Finding
from lambdas.preprocess.profile import Profile, profile
from lambdas.preprocess.reading import Table, read
from lambdas.preprocess.room import Shares
from lambdas.preprocess.rows import FEWEST_ROWS, prepare_rows
from lambdas.preprocess.split import Split, assign_sides
from lambdas.preprocess.target import Target, choose_target
from lambdas.preprocess.task import decide_task
from lambdas.preprocess.writing import write_splits
from lambdas.shared.errors import DataError, NoUsableFeatures, TooFewRows, raise_together
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
    resolved, problems = _try_resolve(sources)
    with connect(folder) as connection:
        try:
            table = read(connection, source)
        except DataError as error:
            problems.append(error)
        raise_together(problems)
        assert resolved is not None  # noqa: S101 - for mypy: otherwise there was a problem
        profiles = profile(connection, table)
        target = choose_target(profiles, resolved)
        task, target_problems = decide_task(connection, target, resolved.settings.task)
        problems = _too_few(table) + target_problems
        features, findings = choose_features(connection, table, profiles, target)
        if not features:
            problems.append(NoUsableFeatures(*(_bare(finding) for finding in findings)))
        if not _is_unusable(target.profile, problems):
            more, row_problems = prepare_rows(connection, target, features, task, digest)
            findings += more
            problems += row_problems
        raise_together(problems)
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
        findings=(*table.findings, *findings, *split.findings),
        files=files,
    )


def _try_resolve(sources: Sequence[Source]) -> tuple[Resolved | None, list[DataError]]:
    try:
        return resolve(sources), []
    except DataError as error:
        return None, [error]


def _too_few(table: Table) -> list[DataError]:
    if table.rows >= FEWEST_ROWS:
        return []
    return [TooFewRows(f"the file has {table.rows} rows, at least {FEWEST_ROWS} are needed")]


def _is_unusable(target: Profile, problems: Sequence[DataError]) -> bool:
    """Tell whether looking at rows by target makes no sense any more."""
    return target.filled == 0 or bool(problems)


def _bare(finding: Finding) -> str:
    return finding.message.rstrip(".")
