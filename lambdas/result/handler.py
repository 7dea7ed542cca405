"""Tell how predicting ended: a document for programs, a notification for both."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lambdas.report import contents
from lambdas.report.contents import not_deleted
from lambdas.report.cost import cost_usd
from lambdas.report.failures import explain
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notification import VERSION, console_links
from lambdas.result.document import build_document
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.predict import ResultEvent
from lambdas.shared.contracts.report import Announcement, ReportAnswer
from lambdas.shared.documents.bucket import find, write
from lambdas.shared.documents.document import PREDICTED, ROWS_FOUND
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import SUBJECT_LIMIT, one_line, visible
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import PREDICTION_COST, PREDICTION_SECONDS


@entry(ResultEvent)
def handler(event: ResultEvent) -> ReportAnswer:
    """Store ``result.json`` and return the notification's parts."""
    client = s3_client()
    stored = find(client, ROWS_FOUND, ROWS_FOUND.uri(event.paths))
    found = stored["findings"] if stored else []
    failure = explain(event.failure.model_dump(), found) if event.failure else None
    words = language_of_dataset((stored and stored["language"]) or event.language)
    document = build_document(event, dt.datetime.now(dt.UTC), found, failure, words)
    uri = PREDICTED.uri(event.paths)
    write(client, PREDICTED, uri, document)
    shown = (document["predictions_uri"] or uri).removeprefix(f"s3://{event.upload.bucket}/")
    links = console_links(event.execution.arn, event.upload.bucket, shown)
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
        report_uri=uri,
        cost_usd=cost_usd(document),
    )


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
        predictions=document["predictions_uri"] or PREDICTED.uri(event.paths),
        link=links["report"],
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
        "report_uri": PREDICTED.uri(event.paths),
        "report_url": links["report"],
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
