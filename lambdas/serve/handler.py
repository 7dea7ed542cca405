"""Serve the champion; called again and again until it serves or has failed."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterator

from botocore.exceptions import ClientError, HTTPClientError

from lambdas.serve.canary import difference, expected, request
from lambdas.serve.resources import ServingEndpoint
from lambdas.serve.swap import step
from lambdas.shared.aws import s3_client, sagemaker_client, sagemaker_runtime_client
from lambdas.shared.contracts.decide import ServeEvent, ServingProgress
from lambdas.shared.documents.bucket import fetch, write
from lambdas.shared.documents.contents import Champion
from lambdas.shared.documents.document import CHAMPION
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.observability import logger

_HEAD_BYTES = 2_000_000  # some rows lie in it, however wide they are


@entry(ServeEvent)
def handler(event: ServeEvent) -> ServingProgress:
    """Return the progress."""
    endpoint = ServingEndpoint(sagemaker_client(), event, os.environ["MODEL_ROLE_ARN"])
    before = event.progress or ServingProgress(endpoint_name=endpoint.name)
    progress = step(endpoint, before, lambda: _canary(endpoint.name, event))
    if progress.phase == "serving":
        _record(event, endpoint)
    if progress.phase == "failed" and event.is_new:
        _reject(event, str(progress.problem))
    logger.info("serve", extra={"phase": progress.phase, "endpoint": endpoint.name})
    return progress


def _canary(endpoint_name: str, event: ServeEvent) -> Message | None:
    test = f"{event.prepared.uris['test']}test.csv"
    known = expected(_head(event.evaluation.predictions_uri))
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


def _record(event: ServeEvent, endpoint: ServingEndpoint) -> None:
    """Write ``champion.json``: what serves the dataset now."""
    content: Champion = {
        "dataset": event.prepared.dataset,
        "endpoint_name": endpoint.name,
        "package_arn": event.champion.package_arn,
        "version": event.champion.version,
        "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "execution_arn": event.execution_arn,
        "report_uri": event.prepared.report_uri,
    }
    folder = event.prepared.report_uri.rpartition("/")[0]
    write(s3_client(), CHAMPION, CHAMPION.below(folder), content)


def _reject(event: ServeEvent, problem: str) -> None:
    """Take the approval back, so that the version before is the champion again."""
    sagemaker_client().update_model_package(
        ModelPackageArn=event.champion.package_arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=f"approved, but not deployed: {problem}"[:1024],
    )
