"""Tell how a run ended: a page for people, a document for programs, a notice for both."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.report.announcements import announcements
from lambdas.report.contents import not_deleted
from lambdas.report.document import build_document
from lambdas.report.events import ReportEvent
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notice import console_links, message, subject
from lambdas.report.page import Stored, render
from lambdas.report.run_message import Ending, failure_of, run_message
from lambdas.report.runs import list_run
from lambdas.report.starts import cost_usd
from lambdas.shared.aws import ABSENT, s3_client
from lambdas.shared.entry import entry
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import RUN_COST, RUN_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@entry(ReportEvent)
def handler(event: ReportEvent) -> dict[str, Any]:
    """Store ``report.html`` and ``report.json``, list the run; return the notices' parts."""
    client = s3_client()
    now = dt.datetime.now(dt.UTC)
    stored = _stored(client, event)
    prefix = event.paths.report_prefix
    links = console_links(event.execution.arn, event.upload.bucket, f"{prefix}/report.html")
    words = _language(event, stored.manifest)
    document = build_document(event, now, stored.manifest, words)
    ending = Ending(words, run_message(event, failure_of(event, stored.manifest), words))
    page = render(document, stored, event.teardown, links, ending)
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    for name, body, kind in (
        ("report.html", page, "text/html; charset=utf-8"),
        ("report.json", text, "application/json"),
    ):
        client.put_object(
            Bucket=event.upload.bucket,
            Key=f"{prefix}/{name}",
            Body=body.encode("utf-8", "replace"),
            ContentType=kind,
        )
    list_run(client, event, document, now, words)
    emit(RUN_COST, cost_usd(document))
    for stage, spent in document["seconds"].items():
        emit(RUN_SECONDS[stage], spent)
    logger.info("reported", extra={"status": document["status"], "error": document["error"]})
    return {
        "status": document["status"],
        "error": document["error"],
        "subject": subject(words, document),
        "message": message(
            ending, document, event.execution.name, links, not_deleted(event.teardown)
        ),
        "announcements": announcements(event, document, links),
        "report_uri": document["report_uri"],
        "cost_usd": cost_usd(document),
    }


def _language(event: ReportEvent, manifest: Mapping[str, Any]) -> Language:
    """Return the upload's language; its dataset's, where the run did not read the upload."""
    read = (event.preprocess or {}).get("language") or manifest.get("language")
    return language_of_dataset(read or event.language)


def _stored(client: S3Client, event: ReportEvent) -> Stored:
    """Fetch what earlier steps stored; of an upload that can't be used, what was found in it."""
    uris = (event.preprocess or {}).get("uris", {})
    found = {} if uris else _fetch_if_there(client, event.paths.uri(event.paths.findings_key))
    return Stored(
        manifest=_fetch(client, uris.get("manifest")) or found,
        metrics=_fetch(client, (event.evaluation or {}).get("metrics_uri")),
        profile=_fetch(client, uris.get("profile")) or found.get("profile") or {},
        decision=_fetch(client, (event.decision or {}).get("decision_uri")),
    )


def _fetch_if_there(client: S3Client, uri: str) -> dict[str, Any]:
    try:
        return _fetch(client, uri)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return {}


def _fetch(client: S3Client, uri: str | None) -> dict[str, Any]:
    if not uri:
        return {}
    bucket, key = split_uri(uri)
    found: dict[str, Any] = json.load(client.get_object(Bucket=bucket, Key=key)["Body"])
    return found
