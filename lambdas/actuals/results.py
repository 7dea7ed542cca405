"""What is kept of a comparison: the pairs, beside the predictions, and the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from lambdas.actuals.compare import Compared
from lambdas.actuals.fetching import fetch_all
from lambdas.actuals.models import Known
from lambdas.actuals.pairs import write_pairs_of
from lambdas.actuals.quality import Measured, Period, measure
from lambdas.actuals.runs import in_parallel, known_pairs, pairs_uri
from lambdas.actuals.work import Work
from lambdas.evaluate.stored import answers_below
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.contents import Quality
from lambdas.shared.documents.document import METRICS
from lambdas.shared.names.paths import RunPaths, split_uri
from lambdas.shared.positive_class import registered_positive
from lambdas.shared.settings.gate import GATE_METRICS

_TYPE = {"ContentType": "application/vnd.apache.parquet"}


def store_pairs(work: Work, connection: duckdb.DuckDBPyConnection, compared: Compared) -> None:
    """Store the pairs of each file of predictions beside it.

    They have the execution's name: one that is redriven writes the same again.
    """
    folder = work.folder / "pairs"
    folder.mkdir()
    of_run = {run: known for known in compared.models for run in known.runs}
    written: list[tuple[Path, str]] = []
    for number in compared.joined.by_run:
        run, path = compared.runs[number], folder / str(number)
        told = {"run": run.name, "upload": work.paths.execution, "came": work.came}
        write_pairs_of(connection, of_run[run].pairs, number, path, told)
        written.append((path, pairs_uri(work.paths, run.name)))

    def send(item: tuple[Path, str]) -> None:
        work.client.upload_file(str(item[0]), *split_uri(item[1]), ExtraArgs=_TYPE)

    list(in_parallel(send, written))


def measured(work: Work, connection: duckdb.DuckDBPyConnection, compared: Compared) -> Quality:
    """Measure each month of a version that has new pairs, with all pairs that are known of it.

    They are listed only now that this execution's own are stored: of several files at once, the one
    that lists last has all of them.
    """
    changed = {compared.runs[number] for number in compared.joined.by_run}
    periods: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    new = [
        (known, {run.period for run in known.runs if run in changed}) for known in compared.models
    ]
    task = next((known.trained.task for known, months in new if months), "")
    metric = work.settings.gate(task).metric
    if metric not in GATE_METRICS[task]:
        metric = GATE_METRICS[task][0]
    for known, months in new:
        if months:
            by_month, together = _of_version(work, connection, known, months, metric)
            periods += by_month
            versions.append(together)
    periods.sort(key=lambda each: (each["period"], each["version"]))
    versions.sort(key=lambda each: -each["version"])
    return {"task": task, "metric": metric, "periods": periods, "versions": versions}


def _of_version(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    known: Known,
    months: set[str],
    metric: str,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    runs = [run for run in known.runs if run.period in months]
    pairs = known_pairs(work.client, work.paths, runs)
    periods = {month: Period() for month in months}
    uris = [uri for run in runs for uri in pairs.get(run.name, ())]
    files = dict(zip(uris, fetch_all(work, uris, work.folder / known.pairs), strict=True))
    for run in runs:
        periods[run.period].predicted += run.rows
        periods[run.period].files += [files[uri] for uri in pairs.get(run.name, ())]
    report = RunPaths(work.paths.bucket, work.paths.dataset, known.model.run)
    trained, task = find(work.client, METRICS, METRICS.uri(report)), known.trained.task
    own = answers_below(work.client, report.report_uri, task, registered_positive(trained))
    version = Measured(known.model, task, known.labels, trained, own, metric)
    return measure(connection, version, periods, work.folder)
