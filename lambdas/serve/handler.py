"""Serve the champion; called again and again until it serves or has failed."""

from __future__ import annotations

import datetime as dt
import io
import statistics
import time
from collections.abc import Iterator

from botocore.exceptions import ClientError, HTTPClientError

from lambdas.serve.canary import difference, expected, request
from lambdas.serve.resources import ServingEndpoint
from lambdas.serve.shape import Surroundings
from lambdas.serve.swap import Probe, step
from lambdas.shared.aws import (
    application_autoscaling_client,
    cloudwatch_client,
    s3_client,
    sagemaker_client,
    sagemaker_runtime_client,
)
from lambdas.shared.contracts.decide import ServeEvent, ServingProgress
from lambdas.shared.documents.bucket import fetch, find, remove, write
from lambdas.shared.documents.contents import Champion
from lambdas.shared.documents.document import CHAMPION
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.observability import logger
from lambdas.shared.requests import OWN

_TIMED_REQUESTS = 5
_HEAD_BYTES = 2_000_000  # some rows lie in it, however wide they are


@entry(ServeEvent)
def handler(event: ServeEvent) -> ServingProgress:
    """Return the progress."""
    clients = sagemaker_client(), application_autoscaling_client(), cloudwatch_client()
    endpoint = ServingEndpoint(*clients, event, Surroundings.of_environment())
    before = event.progress or ServingProgress(endpoint_name=endpoint.name)
    probe = Probe(lambda: _canary(endpoint.name, event), lambda: _seconds(endpoint.name, event))
    progress = step(endpoint, before, probe)
    if progress.phase == "serving":
        _record(event, endpoint)
    if progress.phase == "ended" or (progress.phase == "failed" and progress.created):
        remove(s3_client(), CHAMPION.below(_folder(event)))
    if progress.phase == "failed" and event.is_new:
        _reject(event, str(progress.problem))
    logger.info("serve", extra={"phase": progress.phase, "endpoint": endpoint.name})
    return progress


def _canary(endpoint_name: str, event: ServeEvent) -> Message | None:
    assert event.evaluation is not None  # noqa: S101 - for mypy: something is to serve
    known = expected(_head(event.evaluation.predictions_uri))
    try:
        body = _ask(endpoint_name, request(_head(_test_uri(event)), event.prepared.target))
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        return Message("{call} answered {code}", call="InvokeEndpoint", code=code)
    except HTTPClientError as error:
        return verbatim(type(error).__name__)
    return difference(body, known)


def _seconds(endpoint_name: str, event: ServeEvent) -> float:
    """Return the median time of the canary's request, asked one after the other."""
    body = request(_head(_test_uri(event)), event.prepared.target)
    times = []
    for _ in range(_TIMED_REQUESTS):
        start = time.perf_counter()
        _ask(endpoint_name, body)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _ask(endpoint_name: str, body: bytes) -> bytes:
    response = sagemaker_runtime_client().invoke_endpoint(
        EndpointName=endpoint_name,
        Body=body,
        ContentType="text/csv",
        Accept="text/csv",
        CustomAttributes=OWN,
    )
    return response["Body"].read()


def _test_uri(event: ServeEvent) -> str:
    return f"{event.prepared.uris['test']}test.csv"


def _head(uri: str) -> Iterator[str]:
    found = fetch(s3_client(), uri, Range=f"bytes=0-{_HEAD_BYTES - 1}")
    if found:
        yield from io.StringIO(found["Body"].read().decode("utf-8", "ignore"), newline="")


def _record(event: ServeEvent, endpoint: ServingEndpoint) -> None:
    """Write ``champion.json``: what serves the dataset now."""
    assert event.champion is not None  # noqa: S101 - for mypy: something serves
    uri, now = CHAMPION.below(_folder(event)), dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    before = find(s3_client(), CHAMPION, uri)
    goes_on = before is not None and before["package_arn"] == event.champion.package_arn
    content: Champion = {
        "dataset": event.prepared.dataset,
        "endpoint_name": endpoint.name,
        "package_arn": event.champion.package_arn,
        "version": event.champion.version,
        "since": before["since"] if before and goes_on else now,
        "capture_percent": event.prepared.endpoint.capture_percent,
        "execution_arn": event.execution_arn,
        "report_uri": event.prepared.report_uri,
    }
    write(s3_client(), CHAMPION, uri, content)


def _folder(event: ServeEvent) -> str:
    return event.prepared.report_uri.rpartition("/")[0]


def _reject(event: ServeEvent, problem: str) -> None:
    """Take the approval back, so that the version before is the champion again."""
    assert event.champion is not None  # noqa: S101 - for mypy: something was to serve
    sagemaker_client().update_model_package(
        ModelPackageArn=event.champion.package_arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=f"approved, but not deployed: {problem}"[:1024],
    )
