"""Tell how a run ended: a page for people, a document for programs, a notice for both."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from lambdas.report.document import build_document
from lambdas.report.events import ReportEvent
from lambdas.report.notice import console_links, message, subject
from lambdas.report.page import Stored, render
from lambdas.shared.aws import s3_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger
from lambdas.shared.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LARGEST_PREDICTIONS = 50_000_000  # bytes; beyond, the page goes without their chart


@entry(ReportEvent)
def handler(event: ReportEvent) -> dict[str, Any]:
    """Store ``report.html`` and ``report.json``; return the notice's parts."""
    client = s3_client()
    document = build_document(event, dt.datetime.now(dt.UTC))
    prefix = event.paths.report_prefix
    links = console_links(event.execution.arn, event.upload.bucket, f"{prefix}/report.html")
    page = render(document, _stored(client, event), event.teardown, links)
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
    logger.info("reported", extra={"status": document["status"], "error": document["error"]})
    return {
        "status": document["status"],
        "error": document["error"],
        "subject": subject(document),
        "message": message(document, event.execution.name, links),
        "report_uri": document["report_uri"],
        "cost_usd": document["cost"]["total_usd"],
    }


def _stored(client: S3Client, event: ReportEvent) -> Stored:
    """Fetch what earlier steps say they stored."""
    manifest = metrics = b"{}"
    predictions = b""
    if event.preprocess:
        manifest = _fetch(client, event.preprocess["uris"]["manifest"])
    if event.evaluation:
        metrics = _fetch(client, event.evaluation["metrics_uri"])
        predictions = _fetch(client, event.evaluation["predictions_uri"], _LARGEST_PREDICTIONS)
    return Stored(json.loads(manifest), json.loads(metrics), predictions.decode())


def _fetch(client: S3Client, uri: str, limit: int | None = None) -> bytes:
    bucket, key = split_uri(uri)
    response = client.get_object(Bucket=bucket, Key=key)
    if limit is not None and response["ContentLength"] > limit:
        return b""
    return response["Body"].read()
