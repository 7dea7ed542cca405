"""From an uploaded file to the model's rows; everything between download and upload."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from lambdas.drift.findings import findings as drift_findings
from lambdas.drift.measure import Drift, FileColumns, measure
from lambdas.predict.columns import find_places
from lambdas.predict.dates import unreadable_dates
from lambdas.predict.numbers import Asked, read_numbers
from lambdas.predict.rows import ModelRows, write_rows
from lambdas.predict.seen import seen_rows
from lambdas.predict.trained import Feature, Trained
from lambdas.predict.truth import (
    Truth,
    missing_targets,
    not_counted,
    read_truth,
    target_feature,
)
from lambdas.predict.unusual import unusual
from lambdas.preprocess.columns.cells import trimmed, usable
from lambdas.preprocess.engine import connect, literal, remake
from lambdas.preprocess.read.loading import Table, read_texts
from lambdas.preprocess.read.source import open_source
from lambdas.shared.documents.document import ROWS_DRIFT
from lambdas.shared.failures.errors import DataError, raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.settings.dataset import DatasetSettings


@dataclass(frozen=True)
class ReadRows:
    """What was made of a file.

    Parameters
    ----------
    own : Path
        The file's own columns, every cell as it was, with their names.
    drift : Path or None
        The rows beside those of training; None if too little is known of these.
    """

    rows: int
    columns: int
    own: Path
    of_model: ModelRows
    drift: Path | None
    truth: Truth | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is to be stored."""
        drift = [self.drift] if self.drift else []
        truth = [self.truth.path] if self.truth else []
        return self.own, *self.of_model.paths, *drift, *truth


Splits = Callable[[], Mapping[str, Sequence[Path]] | None]


def read_rows(  # noqa: PLR0913 - what is known, and where to work
    source: Path,
    settings: DatasetSettings,
    trained: Trained,
    folder: Path,
    findings: list[Finding],
    *,
    splits: Splits = lambda: None,
) -> ReadRows:
    """Read, check and write one file.

    Parameters
    ----------
    source : Path
        The upload.
    folder : Path
        Empty folder for the database and what is written.
    findings : list of Finding
        Gets what is found, also if this fails.
    splits : callable
        Fetches the model's data; asked only if the file has the target.

    Raises
    ------
    DataError
        With every problem found, of the first one's class.
    """
    with connect(folder) as connection:
        table, names = _read(connection, source, folder, settings, findings)
        places = find_places(table.columns, trained)
        findings += places.findings
        if not places.found:
            raise_errors(findings)
        own = _write_own(connection, names, trained, folder / "own.parquet")
        features = [trained.features[place] for place in places.found]
        positions = list(places.found.values())
        target = target_feature(trained) if places.target is not None else None
        if places.target is not None:
            positions.append(places.target)
        _take(connection, positions, (*trained.missing, *settings.missing))
        if target:
            findings += missing_targets(connection, len(features), target.name, table.rows)
        findings += _read_cells(connection, features, target, settings)
        unread = {each.column for each in findings if each.code == "CellUnreadable"}
        read = {n: each for n, each in enumerate(features) if each.name not in unread}
        findings += unusual(connection, read, trained)
        drift = _drift(connection, read, trained, table.rows)
        findings += drift_findings(drift) if drift else ()
        stored = _write_drift(drift, folder) if drift else None
        raise_errors(findings)
        of_model = write_rows(connection, features, folder, explain=settings.explain)
        truth = None
        if target:
            truth, more = read_truth(connection, len(features), trained, folder)
            findings += more
        if truth:
            truth = _compared(connection, features, truth, splits(), findings)
    return ReadRows(table.rows, len(table.columns), own, of_model, stored, truth)


def _read_cells(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    target: Feature | None,
    settings: DatasetSettings,
) -> Iterator[Finding]:
    """Read numbers and dates; yield an error for each feature with cells that are none."""
    columns = [*features, target] if target else features
    by_kind = {
        kind: {n: each for n, each in enumerate(columns) if each.kind == kind}
        for kind in ("numeric", "datetime")
    }
    asked = Asked(settings.decimal_sign, frozenset(map(str.casefold, settings.numbers)))
    for found in read_numbers(connection, by_kind["numeric"], len(columns), asked):
        is_target = target is not None and found.column == target.name
        yield not_counted(found) if is_target else found
    yield from unreadable_dates(connection, by_kind["datetime"])


def _compared(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    truth: Truth,
    splits: Mapping[str, Sequence[Path]] | None,
    findings: list[Finding],
) -> Truth:
    """Find out whether these are rows that the model was trained on, where that is known."""
    if splits is None:
        return truth
    seen = seen_rows(connection, features, splits)
    findings += [seen] if seen else []
    return replace(truth, is_seen=seen is not None)


def _drift(
    connection: duckdb.DuckDBPyConnection, read: Mapping[int, Feature], trained: Trained, rows: int
) -> Drift | None:
    if trained.reference is None:
        return None
    positions = {feature.name: n for n, feature in read.items()}
    numbers = {n: usable(f"c{n}") for n, each in read.items() if each.kind == "numeric"}
    return measure(connection, trained.reference, FileColumns(positions, numbers, rows))


def _write_drift(drift: Drift, folder: Path) -> Path:
    path = folder / Path(ROWS_DRIFT.name).name
    path.write_text(ROWS_DRIFT.text(drift.to_json()), encoding="utf-8")
    return path


def _read(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    folder: Path,
    settings: DatasetSettings,
    findings: list[Finding],
) -> tuple[Table, Sequence[str]]:
    """Return the table and its columns' names as in the file, whatever they are called here."""
    found = None
    try:
        opened = open_source(connection, source, folder, settings)
        found = read_texts(connection, opened), opened.dialect.names
    except DataError as error:
        findings += error.findings
    if found is None:
        raise_errors(findings)
    assert found is not None  # noqa: S101 - tells mypy that no error is without a finding
    findings += found[0].findings
    return found


def _write_own(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], trained: Trained, path: Path
) -> Path:
    """Store the file's own columns; in the metadata their names, and the target's bins.

    As names of columns, DuckDB would not tell "y" from "Y".
    """
    told = {"columns": names, "edges": trained.edges, "quantiles": trained.target_quantiles}
    metadata = ", ".join(f"{key}: {literal(json.dumps(each))}" for key, each in told.items())
    connection.execute(
        f"COPY data TO {literal(str(path))} "
        f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{metadata}}})"
    )
    return path


def _take(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int], missing: Sequence[str]
) -> None:
    """Leave of ``data`` the model's columns, in its order, trimmed, with missing cells as NULL."""
    columns = (
        f"{trimmed(f'c{position}', missing)} AS c{n}" for n, position in enumerate(positions)
    )
    remake(connection, columns)
