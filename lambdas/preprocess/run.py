"""From a CSV file and settings to splits; everything between download and upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from lambdas.drift.findings import findings as drift_findings
from lambdas.drift.measure import Drift, FileColumns
from lambdas.drift.reference import Reference
from lambdas.drift.sample import to_json
from lambdas.preprocess.budget import Budget, make_budget, objections
from lambdas.preprocess.columns.cells import number, usable
from lambdas.preprocess.columns.dates import read_dates
from lambdas.preprocess.columns.features import (
    Feature,
    choose_features,
    compared_columns,
    suspected_sentinels,
)
from lambdas.preprocess.columns.figures import DataProfile, number_figures, text_figures
from lambdas.preprocess.columns.numbers import long_numbers, read_numbers
from lambdas.preprocess.columns.profile import ColumnsRead, ignored_columns, profile
from lambdas.preprocess.columns.spellings import unify_spellings
from lambdas.preprocess.columns.target import Target, choose_target, decide_task, named_positive
from lambdas.preprocess.compared import Compared, Figures, compare
from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.documents.profile import (
    categories_document,
    profile_document,
    target_counts,
)
from lambdas.preprocess.instances import Table as Trained
from lambdas.preprocess.instances import rows_drawn
from lambdas.preprocess.on_duckdb import OnDuckDB, Upload, Written
from lambdas.preprocess.read.loading import Table
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.split.leaks import suspected_leaks
from lambdas.preprocess.split.rows import (
    FEWEST_ROWS,
    Account,
    Arrangement,
    account_for,
    arrange,
    prepare_rows,
)
from lambdas.preprocess.split.subsets import Plan, Split, assign_subsets
from lambdas.shared.documents.document import SAMPLE
from lambdas.shared.failures.errors import DataError, raise_errors
from lambdas.shared.findings.finding import Finding, errors_of, few_findings
from lambdas.shared.findings.message import NAMED, Message, together
from lambdas.shared.positive_class import PositiveClass, choose_positive
from lambdas.shared.settings.dataset import Resolved, Source, resolve
from lambdas.shared.settings.gate import gate_misfits

INFERRED = Message("inferred from the values of the target")


@dataclass(frozen=True)
class Prepared:
    """What preprocessing made of a file."""

    download: Download
    versions: dict[str, str]
    resolved: Resolved
    table: Table
    task: str
    task_rule: Message
    target: Target
    features: tuple[Feature, ...]
    compared: tuple[Feature, ...]
    split: Split
    account: Account
    findings: tuple[Finding, ...]
    profile: str
    categories: str
    sample: str
    drift: Drift | None
    written: Written
    budget: Budget

    @property
    def files(self) -> dict[str, Path]:
        """The splits that are files of this machine."""
        return self.written.files


@dataclass(frozen=True)
class Chosen:
    """What is to be learnt from what."""

    target: Target
    task: str
    features: list[Feature]
    arrangement: Arrangement
    compared: list[Feature]
    positive: PositiveClass | None


def prepare(
    upload: Download | Upload,
    sources: Sequence[Source],
    folder: Path,
    known: Known | None = None,
    reference: Reference | None = None,
) -> Prepared:
    """Read, check, profile and split one file.

    Parameters
    ----------
    upload : Download or Upload
        A CSV file, or an upload with the engine that reads it; its digest seeds the split.
    sources : sequence of Source
        Settings, strongest first.
    folder : Path
        Empty folder for the database and the splits.
    known : Known, optional
        Gets what is found, also if this fails.
    reference : Reference, optional
        What to compare the file with.

    Raises
    ------
    DataError
        With every problem found, of the first one's class.
    """
    resolved = resolve(sources)
    known = known or Known()
    known.language = resolved.settings.language
    findings = known.findings
    findings += resolved.findings
    upload = OnDuckDB(upload) if isinstance(upload, Download) else upload
    with upload.connect(folder) as connection:
        columns, target = _read(connection, upload, folder, resolved, known)
        table = columns.table
        findings += table.findings
        chosen = _choose(connection, columns, target, resolved, findings)
        if not errors_of(findings):
            findings += prepare_rows(
                connection, target, chosen.features, chosen.task, chosen.arrangement
            )
        raise_errors(findings)
        task, features = chosen.task, chosen.features
        settings = resolved.settings
        plan = Plan(
            settings.test_fraction,
            settings.validation_fraction,
            chosen.arrangement,
            upload.download.sha256,
            settings.test_rows_limit,
        )
        split = assign_subsets(connection, target, task, plan, features)
        if split.classes == 2 and not resolved.settings.task:
            task = "binary"  # also where rare classes beside the two were excluded
        account = account_for(connection, table, split)
        figures, compared = _figures(connection, columns, chosen, task, reference)
        drift = compared.drift
        findings += suspected_leaks(figures)
        findings += drift_findings(drift) if drift else ()
        written = upload.write(connection, features, chosen.compared, target, folder)
    data_bytes = sum(sum(written.sizes[split].values()) for split in ("train", "validation"))
    numbers = sum(feature.kind == "numeric" for feature in features)
    trained = Trained(
        split.rows["train"] + split.rows["validation"], numbers, len(features) - numbers
    )
    budget = make_budget(resolved.settings, task, data_bytes, trained)
    findings += rows_drawn(trained, budget.instances)
    findings += objections(resolved.settings, task, budget)
    raise_errors(findings)
    return Prepared(
        download=upload.download,
        versions=upload.versions,
        resolved=resolved,
        table=table,
        task=task,
        task_rule=resolved.rules.get("task", INFERRED),
        target=replace(target, positive=_positive(figures, task)),
        features=tuple(features),
        compared=tuple(chosen.compared),
        split=split,
        account=account,
        findings=tuple(few_findings([*findings, *split.findings])),
        profile=profile_document(figures, table.rows, task, split, account),
        categories=categories_document(figures),
        sample=SAMPLE.text(to_json(compared.sample)),
        drift=drift,
        written=written,
        budget=budget,
    )


def _read(
    connection: duckdb.DuckDBPyConnection,
    upload: Upload,
    folder: Path,
    resolved: Resolved,
    known: Known,
) -> tuple[ColumnsRead, Target]:
    """Read and profile the file; if there is nothing to go on with, raise with all that is known.

    The target is to be text, and until the file is read it is only guessed: a wrong guess is rare
    and means to read again.
    """
    problems: tuple[Finding, ...] = ()
    noticed: tuple[Finding, ...] = ()
    position: int | None = None
    long: frozenset[int] = frozenset()
    try:
        opened = upload.open(connection, folder, resolved.settings)
        known.download = upload.download
        noticed = opened.findings
        while True:
            table = opened.table(resolved.settings, position, long)
            noticed = table.findings
            profiles = profile(connection, table)
            known.table, known.profiles = table, profiles
            target = choose_target(profiles, resolved)
            more = long_numbers(profiles, table)
            if target.position not in table.numbers and not more:
                break
            position, long = target.position, long | more
        settings = resolved.settings.model_copy(update={"delimiter": opened.delimiter})
        read = read_numbers(connection, table, profiles, target.position, settings)
        read = read_dates(connection, read, target.position, settings)
        read = unify_spellings(connection, read, target.position, settings)
        target = replace(target, profile=read.profiles[target.position])
    except DataError as error:
        problems = error.findings
    if problems:
        known.findings += [*noticed, *problems]
        raise_errors(known.findings)
    table = replace(read.table, findings=(*table.findings, *read.findings))
    known.table, known.profiles = table, read.profiles
    return replace(read, table=table), target


def _choose(
    connection: duckdb.DuckDBPyConnection,
    columns: ColumnsRead,
    target: Target,
    resolved: Resolved,
    findings: list[Finding],
) -> Chosen:
    """Choose task and features, adding what is found on the way."""
    task, more = decide_task(connection, target, resolved.settings.task)
    findings += _too_few(columns.table) + more
    positive = None
    if not errors_of(more):
        positive, more = named_positive(connection, target, task, resolved)
        findings += more
    misfits = gate_misfits(resolved.settings, task)
    findings += [Finding("SettingsInvalid", text) for text in misfits]
    arrangement, more = arrange(connection, columns.profiles, target, resolved.settings)
    findings += more
    ignored, more = ignored_columns(columns.profiles, resolved.settings.ignore)
    findings += more
    taken = ignored.union(arrangement.positions)
    free = [found for found in columns.profiles if found.position not in taken]
    features, more = choose_features(connection, columns.table, free, target)
    findings += more
    taken_up = {feature.position for feature in features if feature.kind == "numeric"}
    findings += suspected_sentinels(connection, [p for p in free if p.position in taken_up])
    if not features:
        findings.append(_no_features(more))
    compared, more = compared_columns(columns.profiles, target, resolved.settings.compare_by)
    findings += more
    return Chosen(target, task, features, arrangement, compared, positive)


def _figures(
    connection: duckdb.DuckDBPyConnection,
    columns: ColumnsRead,
    chosen: Chosen,
    task: str,
    reference: Reference | None,
) -> tuple[DataProfile, Compared]:
    """Describe the columns, their association with the target, and how far they have drifted."""
    table, target = columns.table, chosen.target
    others = [found for found in columns.profiles if found.position != target.position]
    numeric = [p for p in others if p.position in table.numbers and p.minimum is not None]
    textual = [p for p in others if p.position not in table.numbers and p.filled]
    numbers = number_figures(connection, numeric, task, table.rows)
    texts = text_figures(connection, textual, task)
    kinds = {feature.position: feature.kind for feature in chosen.features}
    kinds[target.position] = "numeric" if task == "regression" else "categorical"
    known = Figures(columns.profiles, kinds, numbers, texts)
    file = _file_columns(table, target, task)
    compared = compare(connection, file, known, target.position, reference)
    figures = DataProfile(
        profiles=columns.profiles,
        features=chosen.features,
        target=target,
        arrangement=chosen.arrangement,
        numbers=numbers,
        texts=texts,
        target_counts=target_counts(connection, target, task),
        bins=compared.bins,
        positive=chosen.positive,
    )
    return figures, compared


def _file_columns(table: Table, target: Target, task: str) -> FileColumns:
    numbers = {n: usable(f"c{n}") for n in table.numbers}
    if task == "regression":
        numbers[target.position] = number(f"c{target.position}")
    positions = {name: n for n, name in enumerate(table.columns)}
    return FileColumns(positions, numbers, table.rows)


def _positive(known: DataProfile, task: str) -> str | None:
    """Return the positive one of two classes, as the model will be measured by it."""
    if task != "binary":
        return None
    return choose_positive(list(known.target_counts["classes"]), known.positive).label


def _too_few(table: Table) -> list[Finding]:
    if table.rows >= FEWEST_ROWS:
        return []
    text = Message(
        "the file has only {count} row; at least {fewest} are needed",
        "the file has only {count} rows; at least {fewest} are needed",
        count=table.rows,
        fewest=FEWEST_ROWS,
    )
    return [Finding("TooFewRows", text)]


def _no_features(excluded: Sequence[Finding]) -> Finding:
    reasons = [finding.message for finding in excluded[:NAMED]]
    none = Message(
        "the file has no other column: outside quotation marks there is no comma, semicolon, tab "
        "or pipe between cells"
    )
    return Finding("NoUsableFeatures", together(reasons) if reasons else none)
