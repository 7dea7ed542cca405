"""Tell how predicting ended: a document for programs, a notification for both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lambdas.drift.predictions import predictions_drift
from lambdas.report import contents
from lambdas.report.contents import not_deleted
from lambdas.report.cost import cost_usd
from lambdas.report.failures import explain
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notification import VERSION, console_links, execution_link
from lambdas.result.document import build_document
from lambdas.result.page import StoredPrediction, render
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.predict import Measurement, ResultEvent
from lambdas.shared.contracts.report import Announcement, ReportAnswer
from lambdas.shared.documents.bucket import HTML, find, put, write
from lambdas.shared.documents.contents import Distribution
from lambdas.shared.documents.document import (
    DISTRIBUTION,
    METRICS,
    PREDICTED,
    PROFILE,
    ROWS_FOUND,
)
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import SUBJECT_LIMIT, one_line, visible
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import PREDICTION_COST, PREDICTION_SECONDS
from lambdas.shared.requests import not_used

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(ResultEvent)
def handler(event: ResultEvent) -> ReportAnswer:
    """Store ``result.json`` and ``report.html``; return the notification's parts."""
    client = s3_client()
    found = find(client, ROWS_FOUND, ROWS_FOUND.uri(event.paths))
    stored = _stored(client, event, [*(found["findings"] if found else []), *_of_endpoint(event)])
    stored = _with_drift(client, event, stored)
    failure = explain(event.failure.model_dump(), stored.findings) if event.failure else None
    words = language_of_dataset((found and found["language"]) or event.language)
    document = build_document(event, dt.datetime.now(dt.UTC), stored.findings, failure, words)
    links = _links(event, document)
    page = render(document, stored, event.teardown, list(links.items()), words)
    put(client, document["report_uri"], page, HTML)
    write(client, PREDICTED, document["result_uri"], document)
    emit(PREDICTION_COST, cost_usd(document))
    if "total" in document["seconds"]:
        emit(PREDICTION_SECONDS, document["seconds"]["total"])
    logger.info("told", extra={"status": document["status"], "error": document["error"]})
    return ReportAnswer(
        status=document["status"],
        error=document["error"],
        subject=_subject(words, document),
        message=_message(words, event, document, links),
        announcements=_announcements(event, document, links),
        report_uri=document["report_uri"],
        cost_usd=cost_usd(document),
    )


def _stored(
    client: S3Client, event: ResultEvent, findings: Sequence[Mapping[str, Any]]
) -> StoredPrediction:
    """Fetch what earlier steps stored, and what the model's training did."""
    model = event.rows.model if event.rows else None
    spread = find(client, DISTRIBUTION, DISTRIBUTION.uri(event.paths)) if event.joined else None
    data, report = (model.data_uri, model.report_uri) if model else ("", "")
    profile = find(client, PROFILE, PROFILE.below(data)) if data else None
    metrics = find(client, METRICS, METRICS.below(report)) if report else None
    measured = event.measurement if isinstance(event.measurement, Measurement) else None
    measure = find(client, METRICS, measured.metrics_uri) if measured else None
    return StoredPrediction(findings, spread, profile or {}, metrics or {}, measure or {})


def _with_drift(client: S3Client, event: ResultEvent, stored: StoredPrediction) -> StoredPrediction:
    """Compare the predictions with the test rows', and keep and tell how far they are."""
    if not stored.distribution or event.rows is None:
        return stored
    version = event.rows.model.version
    drift = predictions_drift(version, stored.distribution, stored.metrics)
    kept: Distribution = {**stored.distribution, "drift": drift.to_json() if drift else None}
    write(client, DISTRIBUTION, DISTRIBUTION.uri(event.paths), kept)
    told = [finding.to_dict() for finding in drift.findings] if drift else []
    return replace(stored, distribution=kept, findings=[*stored.findings, *told])


def _links(event: ResultEvent, document: dict[str, Any]) -> dict[str, str]:
    """Return the addresses in AWS's console."""
    bucket, arn = event.upload.bucket, event.execution.arn
    places = {
        "page": document["report_uri"],
        "predictions": document["predictions_uri"],
        "metrics": (document["measurement"] or {}).get("metrics_uri"),
        "training": document["model"] and document["model"]["report_uri"],
    }
    of_console = {
        name: console_links(arn, bucket, split_uri(uri)[1])["report"]
        for name, uri in places.items()
        if uri
    }
    return {"execution": execution_link(arn), **of_console}


def _of_endpoint(event: ResultEvent) -> list[dict[str, Any]]:
    """Return a finding if an endpoint was asked and something else answered."""
    problem = event.asked.problem if event.asked and event.transform else None
    return [not_used(problem).to_dict()] if problem else []


def _subject(words: Language, document: dict[str, Any]) -> str:
    end = "predicted" if document["status"] == "SUCCEEDED" else "not_predicted"
    said = words(
        f"notification.subject.{end}", dataset=document["dataset"], error=document["error"]
    )
    return one_line(said, SUBJECT_LIMIT)


def _message(
    words: Language, event: ResultEvent, document: dict[str, Any], links: dict[str, str]
) -> str:
    """Return the text, which begins with what may still cost money."""
    left, upload = not_deleted(event.teardown), event.upload
    remaining = [words("teardown.remaining", names=", ".join(left)), ""] if left else []
    places = words(
        "prediction.places",
        upload=f"s3://{upload.bucket}/{one_line(upload.key)}",
        execution=event.execution.name,
        cost=contents.cost(words, document["cost"])["estimate"],
        predictions=document["predictions_uri"] or words("prediction.none"),
        page=document["report_uri"],
        link=links["page"],
        steps=links["execution"],
    )
    return visible("\n".join([*remaining, document["said"]["message"], "", places]))


def _announcements(
    event: ResultEvent, document: dict[str, Any], links: dict[str, str]
) -> list[Announcement]:
    about = {
        "schema_version": VERSION,
        "dataset": document["dataset"],
        "execution_arn": document["execution_arn"],
        "report_uri": document["report_uri"],
        "report_url": links["page"],
    }
    names = ("status", "error", "rows", "model", "predictions_uri", "upload")
    end = "Succeeded" if document["status"] == "SUCCEEDED" else "Failed"
    detail = about | {name: document[name] for name in names} | {"cost_usd": cost_usd(document)}
    told = [Announcement(kind=f"Molino Prediction {end}", detail=detail)]
    left = not_deleted(event.teardown)
    if left:
        detail = about | {"remaining": left}
        told.append(Announcement(kind="Molino Teardown Incomplete", detail=detail))
    return told
