"""Tell how comparing ended: a document for programs, a notification for both."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lambdas.comparison.document import Stored, build_document
from lambdas.report import contents
from lambdas.report.cost import cost_usd
from lambdas.report.failures import explain
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notification import VERSION, execution_link
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.actuals import ComparisonEvent
from lambdas.shared.contracts.report import Announcement, ReportAnswer
from lambdas.shared.documents.bucket import find, write
from lambdas.shared.documents.document import ACTUALS_FOUND, COMPARED, HEALTH_PAGE, QUALITY
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import SUBJECT_LIMIT, one_line, visible
from lambdas.shared.observability import logger


@entry(ComparisonEvent)
def handler(event: ComparisonEvent) -> ReportAnswer:
    """Store ``actuals.json``; return the notification's parts."""
    client, compared = s3_client(), event.compared
    found = find(client, ACTUALS_FOUND, ACTUALS_FOUND.uri(event.paths))
    findings = found["findings"] if found else []
    quality = find(client, QUALITY, compared.quality_uri) if compared else None
    failure = explain(event.failure.model_dump(), findings) if event.failure else None
    words = language_of_dataset((found and found["language"]) or event.language)
    now = dt.datetime.now(dt.UTC)
    document = build_document(event, now, Stored(findings, quality, failure), words)
    write(client, COMPARED, document["result_uri"], document)
    logger.info("told", extra={"status": document["status"], "error": document["error"]})
    return ReportAnswer(
        status=document["status"],
        error=document["error"],
        subject=_subject(words, document),
        message=_message(words, event, document),
        announcements=[_announcement(document)],
        report_uri=document["result_uri"],
        cost_usd=cost_usd(document),
    )


def _subject(words: Language, document: dict[str, Any]) -> str:
    end = "compared" if document["status"] == "SUCCEEDED" else "not_compared"
    said = words(
        f"notification.subject.{end}", dataset=document["dataset"], error=document["error"]
    )
    return one_line(said, SUBJECT_LIMIT)


def _message(words: Language, event: ComparisonEvent, document: dict[str, Any]) -> str:
    upload, none = event.upload, words("prediction.none")
    page = f"{event.paths.report_uri.rpartition('/')[0]}/{HEALTH_PAGE}"
    places = words(
        "actuals.places",
        upload=f"s3://{upload.bucket}/{one_line(upload.key)}",
        execution=event.execution.name,
        cost=contents.cost(words, document["cost"])["estimate"],
        quality=document["quality_uri"] or none,
        page=none if event.failure else page,  # what was compared renews it
        steps=execution_link(event.execution.arn),
    )
    return visible("\n".join([document["said"]["message"], "", places]))


def _announcement(document: dict[str, Any]) -> Announcement:
    end = "Compared" if document["status"] == "SUCCEEDED" else "Failed"
    names = ("dataset", "execution_arn", "status", "error", "quality_uri", "upload")
    detail = {name: document[name] for name in names}
    # The rows that were compared are what the figures are of.
    also = {"rows": document["matched"], "cost_usd": cost_usd(document)}
    return Announcement(
        kind=f"Molino Actuals {end}", detail={"schema_version": VERSION} | detail | also
    )
