"""Have a kept endpoint answer rows, or say why it did not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lambdas.ask.answers import Asked
from lambdas.ask.endpoint import serving
from lambdas.shared.aws import s3_client, sagemaker_client, sagemaker_runtime_client
from lambdas.shared.contracts.predict import AskedEndpoint, AskEvent
from lambdas.shared.entry import entry, remaining_seconds
from lambdas.shared.failures.errors import EndpointUnavailable
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import logger
from lambdas.shared.requests import RequestFailed, Requests

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A transform job has answered by then, its start included; a request in progress takes a minute.
_MOST_SECONDS, _SECONDS_TO_END = 300.0, 90.0


@entry(AskEvent)
def handler(event: AskEvent) -> AskedEndpoint:
    """Store answers as a transform job does: for each file of rows one with ``.out`` behind it.

    Raises
    ------
    EndpointUnavailable
        If there are none and nothing else is to answer.
    """
    prepared = event.prepared
    name, version = prepared.endpoint_name or "", prepared.model.version
    memory_mb, problem = None, None
    requests = Requests(sagemaker_runtime_client(), name)
    asked = Asked(requests, prepared.content_type, prepared.accept, _time())
    try:
        before = serving(sagemaker_client(), name, version)
        memory_mb = before.memory_mb
        _store(s3_client(), event, asked)
        # While it swaps, the version before may answer.
        if serving(sagemaker_client(), name, version) != before:
            raise RequestFailed(Message("the endpoint changed meanwhile"))  # noqa: TRY301
    except RequestFailed as error:
        if prepared.must_ask:
            raise EndpointUnavailable(error.problem) from None
        problem = error.problem
    logger.info("asked", extra={"endpoint": name, "answered": problem is None})
    return AskedEndpoint(
        endpoint_name=name,
        answers_uri=None if problem else event.answers_uri,
        memory_mb=memory_mb,
        answering_seconds=round(asked.seconds, 3),
        wording=problem.to_json() if problem else None,
    )


def _time() -> Callable[[], bool]:
    end = time.monotonic() + min(_MOST_SECONDS, remaining_seconds() - _SECONDS_TO_END)
    return lambda: time.monotonic() < end


def _store(client: S3Client, event: AskEvent, asked: Asked) -> None:
    bucket, folder = split_uri(event.answers_uri)
    for uri in event.prepared.part_uris:
        answers = b"".join(asked.answers(_lines(client, uri)))
        key = f"{folder}/{uri.rpartition('/')[2]}.out"
        client.put_object(Bucket=bucket, Key=key, Body=answers)


def _lines(client: S3Client, uri: str) -> list[bytes]:
    bucket, key = split_uri(uri)
    return client.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines(keepends=True)
