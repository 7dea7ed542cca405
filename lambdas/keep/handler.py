"""Serve the champion; called again and again until it serves or has failed."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from lambdas.keep.canary import difference, expected, request
from lambdas.keep.events import KeepEvent, Progress
from lambdas.keep.resources import Kept
from lambdas.keep.swap import step
from lambdas.shared.aws import s3_client, sagemaker_client, sagemaker_runtime_client
from lambdas.shared.documents.bucket import fetch, write
from lambdas.shared.documents.contents import Champion
from lambdas.shared.documents.document import CHAMPION
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.observability import logger

_HEAD_BYTES = 2_000_000  # some rows lie in it, however wide they are


@entry(KeepEvent)
def handler(event: KeepEvent) -> dict[str, Any]:
    """Return the progress."""
    kept = Kept(sagemaker_client(), event, os.environ["MODEL_ROLE_ARN"])
    before = event.progress or Progress(endpoint_name=kept.name)
    progress = step(kept, before, lambda: _canary(kept.name, event))
    if progress.phase == "serving":
        _record(event, kept)
    if progress.phase == "failed" and event.is_new:
        _reject(event, str(progress.problem))
    logger.info("kept", extra={"phase": progress.phase, "endpoint": kept.name})
    return progress.model_dump()


def _canary(endpoint_name: str, event: KeepEvent) -> Message | None:
    test = f"{event.prepared.uris['test']}test.csv"
    known = expected(_head(event.evaluation["predictions_uri"]))
    try:
        response = sagemaker_runtime_client().invoke_endpoint(
            EndpointName=endpoint_name,
            Body=request(_head(test), event.prepared.target),
            ContentType="text/csv",
            Accept="text/csv",
        )
        body = response["Body"].read()
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        return Message("{call} answered {code}", call="InvokeEndpoint", code=code)
    except HTTPClientError as error:
        return verbatim(type(error).__name__)
    return difference(body, known)


def _head(uri: str) -> Iterator[str]:
    found = fetch(s3_client(), uri, Range=f"bytes=0-{_HEAD_BYTES - 1}")
    if found:
        yield from io.StringIO(found["Body"].read().decode("utf-8", "ignore"), newline="")


def _record(event: KeepEvent, kept: Kept) -> None:
    """Write ``champion.json``: what serves the dataset now."""
    content: Champion = {
        "dataset": event.prepared.dataset,
        "endpoint_name": kept.name,
        "package_arn": event.champion.package_arn,
        "version": event.champion.version,
        "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "execution_arn": event.execution_arn,
        "report_uri": event.prepared.report_uri,
    }
    folder = event.prepared.report_uri.rpartition("/")[0]
    write(s3_client(), CHAMPION, CHAMPION.below(folder), content)


def _reject(event: KeepEvent, problem: str) -> None:
    """Take the approval back, so that the version before is the champion again."""
    sagemaker_client().update_model_package(
        ModelPackageArn=event.champion.package_arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=f"approved, but not deployed: {problem}"[:1024],
    )
