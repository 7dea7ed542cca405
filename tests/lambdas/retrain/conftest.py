"""Step Functions, the topic and the bucket as the check of reasons sees them."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lambdas.retrain import handler as module
from lambdas.shared import aws
from tests.lambdas.conftest import BUCKET


class Machine:
    """Step Functions with a list of running executions."""

    def __init__(self) -> None:
        self.client = boto3.client("stepfunctions")
        self.running: list[str] = []
        self.started: list[dict[str, Any]] = []

    @property
    def exceptions(self) -> Any:
        return self.client.exceptions

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"executions": [{"name": name} for name in self.running]}]

    def start_execution(self, **given: Any) -> dict[str, str]:
        if given["name"] in [each["name"] for each in self.started]:
            raise self.client.exceptions.ExecutionAlreadyExists({}, "StartExecution")
        self.started.append(given)
        self.running.append(given["name"])
        return {"executionArn": f"arn:{given['name']}"}


@pytest.fixture
def machine(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("BUCKET", BUCKET)
    monkeypatch.setenv("DATASET_DEFAULTS", "{}")
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:aws:states:us-east-1:1:stateMachine:Molino")
    found = Machine()
    monkeypatch.setattr(module, "step_functions_client", lambda: found)
    monkeypatch.setattr(module, "s3_client", lambda: s3)
    yield found
    aws.sagemaker_client.cache_clear()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    notices: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "notify", lambda *notice: notices.append(notice))
    return notices


def put(s3: Any, key: str, text: str, **metadata: str) -> str:
    answer = s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode(), Metadata=metadata)
    return str(answer.get("VersionId", ""))
