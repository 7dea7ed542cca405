"""Report how a run ended: a page for people, a document for programs, a notification for both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lambdas.report.contents import not_deleted
from lambdas.report.cost import cost_usd
from lambdas.report.document import build_document
from lambdas.report.exported import export_findings
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notification import announcements, console_links, message, subject
from lambdas.report.page import StoredRun, render
from lambdas.report.run_message import Ending, failure_of, run_message
from lambdas.report.runs import list_run
from lambdas.report.serving import sentence
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.report import ReportAnswer, ReportEvent
from lambdas.shared.documents.bucket import HTML, find, put, write
from lambdas.shared.documents.document import DECISION, FINDINGS, MANIFEST, METRICS, PROFILE, REPORT
from lambdas.shared.entry import entry
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import RUN_COST, RUN_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(ReportEvent)
def handler(event: ReportEvent) -> ReportAnswer:
    """Store ``report.html`` and ``report.json``, list the run; return the notifications' parts."""
    client = s3_client()
    now = dt.datetime.now(dt.UTC)
    stored = _stored(client, event)
    prefix = event.paths.report_prefix
    links = console_links(event.execution.arn, event.upload.bucket, f"{prefix}/report.html")
    words = _language(event, stored.manifest)
    document = build_document(event, now, stored.manifest, words)
    failure = failure_of(event, stored.manifest)
    ending = Ending(words, run_message(event, failure, words), sentence(words, event))
    page = render(document, stored, event.teardown, links, ending)
    put(client, f"{event.paths.report_uri}/report.html", page, HTML)
    write(client, REPORT, REPORT.uri(event.paths), document)
    list_run(client, event, document, now, words)
    emit(RUN_COST, cost_usd(document))
    for stage, spent in document["seconds"].items():
        emit(RUN_SECONDS[stage], spent)
    logger.info("reported", extra={"status": document["status"], "error": document["error"]})
    return ReportAnswer(
        status=document["status"],
        error=document["error"],
        subject=subject(words, document),
        message=message(ending, document, event.execution.name, links, not_deleted(event.teardown)),
        announcements=announcements(event, document, links),
        report_uri=document["report_uri"],
        cost_usd=cost_usd(document),
    )


def _language(event: ReportEvent, manifest: Mapping[str, Any]) -> Language:
    """Return the upload's language; its dataset's, where the run did not read the upload."""
    read = event.prepared.language if event.prepared else manifest.get("language")
    return language_of_dataset(read or event.language)


def _stored(client: S3Client, event: ReportEvent) -> StoredRun:
    """Fetch what earlier steps stored; of an upload that can't be used, what was found in it."""
    uris = event.prepared.uris if event.prepared else None
    found = None if uris else find(client, FINDINGS, FINDINGS.uri(event.paths))
    manifest = find(client, MANIFEST, uris["manifest"] if uris else None)
    if manifest:  # what a job could not do is said with what was found in the upload
        manifest["findings"] += export_findings(event.training, manifest)
    metrics = find(client, METRICS, event.evaluation.metrics_uri if event.evaluation else None)
    profile = find(client, PROFILE, uris["profile"] if uris else None)
    decision = find(client, DECISION, event.decision.decision_uri if event.decision else None)
    of_champion = event.champion_evaluation.metrics_uri if event.champion_evaluation else None
    champion = find(client, METRICS, of_champion if event.is_idle else None)
    of_unusable = (found and found["profile"]) or {}
    return StoredRun(
        manifest or found or {},
        metrics or {},
        profile or of_unusable,
        decision or {},
        champion or {},
    )
