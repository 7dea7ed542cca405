"""A sample of requests with their answers, stored as SageMaker's data capture stores them.

SageMaker captures nothing of serverless endpoints, so there the model itself does. Their containers
stand still between requests: what is captured is stored before the answer is returned.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import random
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# Variables of the model; lambdas/serve sets them.
URI, PERCENT, KEY = "MOLINO_CAPTURE_URI", "MOLINO_CAPTURE_PERCENT", "MOLINO_CAPTURE_KEY"
# A header by which Molino marks what it asks itself: its rows are no user's, or come from a file.
_ATTRIBUTES, OWN = "X-Amzn-SageMaker-Custom-Attributes", "molino"
_TEXT = {"text/csv": "CSV", "application/json": "JSON"}  # all else is in base64
_CONNECT_SECONDS, _ANSWER_SECONDS = 1, 2  # the longest that a request waits for S3
_PAUSE_SECONDS = 60  # after S3 did not answer: other requests do not wait for it, too


@dataclass
class Capture:
    """Stores each sampled request in an object of its own.

    Parameters
    ----------
    client
        boto3's of ``s3``.
    uri : str
        Folder of the endpoint's variant.
    percent : float
        Share of requests that are sampled.
    key : str
        ARN of the key that encrypts the objects.
    """

    client: Any
    uri: str
    percent: float
    key: str
    _paused_until: float = field(default=-1.0, init=False)
    _has_told: bool = field(default=False, init=False)

    def record(self, body: bytes | str, content_type: str, answer: str, answer_type: str) -> None:
        """Store a request and its answer, if chance chooses it; that this fails, fails nothing."""
        if random.random() * 100 >= self.percent:  # noqa: S311 - a sample, not a secret
            return
        if time.monotonic() < self._paused_until or _is_own():
            return
        try:
            line = json.dumps(_document(body, content_type, answer, answer_type))
            self._store(line)
        except Exception as error:  # noqa: BLE001 - the answer must go out, whatever this was
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            if not self._has_told:
                self._has_told = True
                _tell(error)

    def _store(self, line: str) -> None:
        bucket, _, prefix = self.uri.removeprefix("s3://").partition("/")
        now = dt.datetime.now(dt.UTC)
        moment = f"{now:%Y/%m/%d/%H/%M-%S}-{now.microsecond // 1000:03d}"
        self.client.put_object(
            Bucket=bucket,
            Key=f"{prefix}/{moment}-{uuid.uuid4()}.jsonl",
            Body=line.encode() + b"\n",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key,
        )


@cache
def capture() -> Capture | None:
    """Return what captures, by the process's environment; None where nothing is captured."""
    try:
        return of_environment(os.environ)
    except Exception as error:  # noqa: BLE001 - the model serves, whatever this was
        _tell(error)
        return None


def of_environment(variables: Mapping[str, str]) -> Capture | None:
    """Return what captures, by a model's variables; None where nothing is to be captured."""
    if not variables.get(URI):
        return None
    import boto3  # in AWS's image; only here, as it takes a second to load on a small endpoint
    from botocore.config import Config

    limits = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        retries={"total_max_attempts": 1},
    )
    client = boto3.client("s3", region_name=variables["SAGEMAKER_REGION"], config=limits)
    return Capture(client, variables[URI], float(variables[PERCENT]), variables[KEY])


def _is_own() -> bool:
    from flask import has_request_context, request  # the stack's own, which has loaded it

    return has_request_context() and request.headers.get(_ATTRIBUTES) == OWN


def _document(
    body: bytes | str, content_type: str, answer: str, answer_type: str
) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        "captureData": {
            "endpointInput": _side("INPUT", body, content_type),
            "endpointOutput": _side("OUTPUT", answer, answer_type),
        },
        "eventMetadata": {
            "eventId": str(uuid.uuid4()),
            "inferenceTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        },
        "eventVersion": "0",
    }


def _side(mode: str, body: bytes | str, content_type: str) -> dict[str, str]:
    encoding = _TEXT.get(content_type.partition(";")[0].strip().lower(), "BASE64")
    content = body.encode() if isinstance(body, str) else bytes(body)
    data = base64.b64encode(content) if encoding == "BASE64" else content
    return {
        "observedContentType": content_type,
        "mode": mode,
        "data": data.decode(),
        "encoding": encoding,
    }


def _tell(error: Exception) -> None:
    """Log what is wrong, without its text, which may quote the request."""
    print(f"{type(error).__name__}: requests are not captured; told once", file=sys.stderr)
