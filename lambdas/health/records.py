"""From what an execution left in the bucket to its entry in the history.

Whatever is gone, because it was deleted or never was there, is left out of the entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from lambdas.health.announced import Announced, Kind
from lambdas.health.bounded import of_drift, of_predictions
from lambdas.health.versions import Versions
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.contents import (
    Decision,
    HealthEntry,
    HealthFigure,
    Metrics,
)
from lambdas.shared.documents.document import (
    DECISION,
    DISTRIBUTION,
    DRIFT,
    METRICS,
    PREDICTED,
    QUALITY,
    REPORT,
    ROWS_DRIFT,
    TRAINING,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_PERIODS = 120  # of an entry: ten years of months


def entry_of(client: S3Client, event: Announced, versions: Versions) -> HealthEntry:
    """Return the entry of what an event tells of."""
    entry: HealthEntry = {
        "name": event.name,
        "kind": event.kind,
        "time": event.time.isoformat(timespec="seconds"),
        "language": None,
        "rows": event.detail.rows,
        "version": event.detail.version,
        "drift": None,
        "quality": [],
        "training": None,
        "predictions": None,
    }
    return cast("HealthEntry", {**entry, **_READ[event.kind](client, event, versions)})


def _upload(client: S3Client, event: Announced, versions: Versions) -> dict[str, Any]:
    paths = event.paths
    report = find(client, REPORT, REPORT.uri(paths)) or {}
    drift = find(client, DRIFT, DRIFT.uri(paths))
    decision = find(client, DECISION, DECISION.uri(paths))
    looked = find(client, TRAINING, TRAINING.uri(paths))
    known = (decision["champion"] if decision else None) or {}
    found = (looked["champion"] if looked else None) or known.get("figure") or {}
    version = known.get("version") or found.get("version") or (drift["champion"] if drift else None)
    # As the gate has it, or as it was looked for a reason to train.
    compared = known.get("comparison")
    if not decision and looked:
        compared = {"other": found.get("value"), "rows": found.get("rows")}
    figure = None
    measured = find(client, METRICS, METRICS.below(f"{paths.report_uri}/champion"))
    if version and measured and not known.get("problem"):
        figure = _measured(versions, version, measured, _metric(decision), found)
        figure = _on_new_rows(figure, compared)
        figure = figure and _judged(figure, found)
    return {
        "language": report.get("language"),
        "rows": (report.get("account") or {}).get("read"),
        "version": version,
        "drift": of_drift(drift),
        "quality": [figure] if figure else [],
        "training": _training(client, event, decision, versions) if decision else None,
    }


def _measured(
    versions: Versions,
    version: int,
    measured: Metrics,
    metric: str | None,
    found: Mapping[str, Any],
) -> HealthFigure | None:
    """Return a version's figure of the metric that judges it."""
    metric = metric or found.get("metric") or versions.metric(version, measured["task"])
    return versions.figure(version, metric, measured)


def _judged(figure: HealthFigure, found: Mapping[str, Any]) -> HealthFigure:
    """Return a figure with the judgement, if it is of the same metric."""
    if figure["metric"] not in (found.get("metric"), found.get("judged_by")):
        return figure
    verdict, chance = found.get("verdict", "unknown"), found.get("chance")
    return {**figure, "verdict": verdict, "chance": chance}


def _metric(decision: Decision | None) -> str | None:
    return decision.get("metric") if decision else None


def _on_new_rows(
    found: HealthFigure | None, comparison: Mapping[str, Any] | None
) -> HealthFigure | None:
    """Return the champion's figure on the rows that it was not trained on.

    The interval is that of all test rows, as wide as fewer rows make it: variances go with 1 / rows
    (Altman and Bland 2003, BMJ 326:219).
    """
    if found is None or comparison is None or comparison["rows"] == found["rows"]:
        return found
    value, rows = comparison["other"], comparison["rows"]
    if value is None or not rows:
        return None
    wider = math.sqrt(found["rows"] / rows)
    below, above = found["value"] - found["low"], found["high"] - found["value"]
    moved = {"value": value, "rows": rows}
    ends = {"low": value - wider * below, "high": value + wider * above}
    return cast("HealthFigure", {**found, **moved, **ends})


def _training(
    client: S3Client, event: Announced, decision: Decision, versions: Versions
) -> dict[str, Any] | None:
    """Return what was trained; None of a version that was not registered."""
    version, metric = decision.get("version"), decision.get("metric")
    if version is None:
        return None
    versions.trained_in(version, event.paths.report_uri)
    measured = find(client, METRICS, METRICS.uri(event.paths))
    figure = versions.figure(version, metric, measured) if measured and metric else None
    return {
        "version": version,
        "promoted": bool(decision.get("promoted")),
        "rule": decision["rule"],
        "reason": decision["wording"],
        "figure": figure,
    }


def _predictions(client: S3Client, event: Announced, versions: Versions) -> dict[str, Any]:
    paths = event.paths
    result = find(client, PREDICTED, PREDICTED.uri(paths)) or {}
    distribution = find(client, DISTRIBUTION, DISTRIBUTION.uri(paths))
    model, measurement = result.get("model") or {}, result.get("measurement") or {}
    version, page = model.get("version"), model.get("report_uri")
    if version and page:
        versions.trained_in(version, page.rpartition("/")[0])
    drift = find(client, ROWS_DRIFT, ROWS_DRIFT.uri(paths))
    rows = result.get("rows", event.detail.rows)
    return {
        "language": result.get("language"),
        "rows": rows,
        "version": version or (drift["champion"] if drift else None),
        "drift": of_drift(drift, distribution),
        "quality": list(_of_predictions(client, event, versions, version, measurement)),
        "predictions": of_predictions(distribution, rows),
    }


def _of_predictions(
    client: S3Client,
    event: Announced,
    versions: Versions,
    version: int | None,
    measurement: Mapping[str, Any],
) -> Iterator[HealthFigure]:
    """Yield the figure of predictions whose target is known; rows of the training tell nothing."""
    if not version or measurement.get("verdict") in (None, "seen"):
        return
    measured = find(client, METRICS, METRICS.below(event.paths.uri(event.paths.prediction_prefix)))
    if measured:
        metric = versions.metric(version, measured["task"])
        figure = versions.figure(version, metric, measured)
        if figure:
            yield _judged(figure, cast("Mapping[str, Any]", measured).get("comparison") or {})


def _actuals(client: S3Client, event: Announced, versions: Versions) -> dict[str, Any]:
    found = find(client, QUALITY, event.detail.quality_uri)
    if not found:
        return {}
    newest = sorted(found["periods"], key=lambda each: each["period"])[-MOST_PERIODS:]
    known = []
    for each in newest:
        measured = cast("Metrics", {"task": found["task"], **each})
        figure = versions.figure(each["version"], found["metric"], measured, each["period"])
        if figure:
            known.append(_judged(figure, each.get("comparison") or {}))
    return {"quality": known, "version": known[-1]["version"] if known else None}


def _requests(client: S3Client, event: Announced, _: Versions) -> dict[str, Any]:
    drift = find(client, ROWS_DRIFT, event.detail.drift_uri)
    distribution = find(client, DISTRIBUTION, event.detail.distribution_uri)
    return {
        "version": event.detail.version or (drift["champion"] if drift else None),
        "drift": of_drift(drift, distribution),
        "predictions": of_predictions(distribution, event.detail.rows),
    }


_READ: Mapping[Kind, Callable[[S3Client, Announced, Versions], dict[str, Any]]] = {
    "upload": _upload,
    "predictions": _predictions,
    "actuals": _actuals,
    "requests": _requests,
}
