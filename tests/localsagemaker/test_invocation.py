"""Requests to endpoints: AWS's limits and errors, and the scikit-learn image's way with hooks."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localsagemaker import ApiError, Limits, LocalSageMaker
from localsagemaker.context import MAX_BODY_BYTES
from tests.localsagemaker.conftest import ACCOUNT, CheckedSageMaker, settled

WAYS = """
import os, time
import flask
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    if content_type == "test/sleep":
        time.sleep(30)
    if content_type == "test/die":
        os._exit(1)
    if content_type == "test/raise":
        raise ValueError("a cell value")
    if content_type == "test/large":
        return "x" * (6 * 1024 * 1024 + 1), "text/plain"
    if content_type == "test/none":
        return None
    if content_type == "test/text":
        return "plain"
    if content_type == "test/custom":
        name = "X-Amzn-SageMaker-Custom-Attributes"
        return flask.Response("ok", headers={name: flask.request.headers[name] + "!"})
    if content_type.startswith("test/status-"):
        return flask.Response('{"error": "no"}', int(content_type[-3:]), mimetype=accept)
    return f"{type(body).__name__}|{content_type}|{accept}|{len(body)}", "text/csv"
"""
DEFAULTS = """
import flask
class Doubler:
    def predict(self, rows):
        return (rows * 2).sum(axis=-1)
def model_fn(_): return Doubler()
"""


@pytest.fixture(scope="module")
def shared(s3: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSageMaker]:
    folder: Path = tmp_path_factory.mktemp("shared")
    limits = Limits(invocation_seconds=1, health_check_seconds=10)
    core = CheckedSageMaker(
        folder, lambda _role: s3, account=ACCOUNT, region="eu-west-1", limits=limits
    )
    yield core
    core.close()


@pytest.fixture
def ways(shared: LocalSageMaker, deploy: Callable[..., Any]) -> LocalSageMaker:
    return _once(shared, deploy, WAYS, "ways")


@pytest.fixture
def defaults(shared: LocalSageMaker, deploy: Callable[..., Any]) -> LocalSageMaker:
    return _once(shared, deploy, DEFAULTS, "defaults")


def _once(core: LocalSageMaker, deploy: Any, inference: str, name: str) -> LocalSageMaker:
    if not core.call("ListEndpoints", {"NameContains": name})["Endpoints"]:
        deploy(core, inference, name)
        assert settled(core, name)["EndpointStatus"] == "InService"
    return core


def model_error(core: LocalSageMaker, name: str, content_type: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        core.invoke_endpoint(name, b"x", content_type)
    assert (caught.value.code, caught.value.status) == ("ModelError", 424)
    return caught.value


@pytest.mark.parametrize(
    ("content_type", "accept", "expected"),
    [
        ("text/csv", "text/csv", b"str|text/csv|text/csv|3"),
        ("application/json", "*/*", b"str|application/json|application/json|3"),
        # Only the two exact types are decoded to text.
        ("text/csv; charset=utf-8", None, b"bytes|text/csv; charset=utf-8|application/json|3"),
        (None, None, b"bytes|application/octet-stream|application/json|3"),
    ],
)
def test_what_the_hook_gets(
    ways: LocalSageMaker, content_type: str | None, accept: str | None, expected: bytes
) -> None:
    result = ways.invoke_endpoint("ways", b"abc", content_type, accept)
    assert (result.status, result.body) == (200, expected)
    assert result.content_type == "text/csv; charset=utf-8"
    assert result.headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic"


def test_a_returned_string_is_flasks_business(ways: LocalSageMaker) -> None:
    result = ways.invoke_endpoint("ways", b"x", "test/text")
    assert (result.body, result.content_type) == (b"plain", "text/html; charset=utf-8")


@pytest.mark.parametrize("kind", ["raise", "none"])
def test_exceptions_are_status_500_without_their_text(ways: LocalSageMaker, kind: str) -> None:
    error = model_error(ways, "ways", f"test/{kind}")
    assert error.members["OriginalStatusCode"] == 500
    assert "Internal Server Error" in error.members["OriginalMessage"]
    assert "a cell value" not in error.message


@pytest.mark.parametrize(
    ("status", "received", "code"),
    [
        (415, "Received client error (415) from primary", "CLIENT_ERROR_FROM_MODEL"),
        (503, "Received server error (503) from primary", "INTERNAL_FAILURE_FROM_MODEL"),
    ],
)
def test_statuses_of_the_container(
    ways: LocalSageMaker, status: int, received: str, code: str
) -> None:
    error = model_error(ways, "ways", f"test/status-{status}")
    group = "/aws/sagemaker/Endpoints/ways"
    assert error.message == (
        f'{received} with message "{{"error": "no"}}". See https://eu-west-1.console.aws.amazon.com'
        f"/cloudwatch/home?region=eu-west-1#logEventViewer:group={group} in account {ACCOUNT} for "
        "more information."
    )
    assert error.members == {
        "OriginalStatusCode": status,
        "OriginalMessage": '{"error": "no"}',
        "LogStreamArn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{group}",
        "ErrorCode": code,
    }


def test_time_out(ways: LocalSageMaker, deploy: Callable[..., Any]) -> None:
    deploy(ways, WAYS, "slow")
    settled(ways, "slow")
    started = time.monotonic()
    error = model_error(ways, "slow", "test/sleep")
    assert 1 <= time.monotonic() - started < 5
    assert error.members["OriginalStatusCode"] == 0
    assert "Your invocation timed out while waiting for a response from container" in error.message


def test_a_worker_that_dies_is_replaced(ways: LocalSageMaker) -> None:
    assert model_error(ways, "ways", "test/die").members["OriginalStatusCode"] == 0
    ways.invoke_endpoint("ways", b"x", "text/csv")


def test_six_megabytes(ways: LocalSageMaker) -> None:
    result = ways.invoke_endpoint("ways", b"x" * MAX_BODY_BYTES, "text/csv")
    assert result.body.endswith(b"|6291456")
    with pytest.raises(ApiError) as caught:
        ways.invoke_endpoint("ways", b"x" * (MAX_BODY_BYTES + 1), "text/csv")
    assert (caught.value.code, caught.value.status) == ("ValidationError", 400)
    assert "Member must have length less than or equal to 6291456" in caught.value.message
    assert "could not load the entire response body" in (
        model_error(ways, "ways", "test/large").message
    )


def test_custom_attributes(ways: LocalSageMaker) -> None:
    name = "X-Amzn-SageMaker-Custom-Attributes"
    result = ways.invoke_endpoint("ways", b"x", "test/custom", **{name: "trace=1"})
    assert result.headers[name] == "trace=1!"


@pytest.mark.parametrize(
    ("content_type", "accept", "body", "expected"),
    [
        ("text/csv", "text/csv", "1,2\n3,4\n", "6.0\n14.0\n"),
        ("application/json", None, "[[1, 2], [3, 4]]", "[6.0, 14.0]"),
    ],
)
def test_default_hooks(
    defaults: LocalSageMaker, content_type: str, accept: str | None, body: str, expected: str
) -> None:
    result = defaults.invoke_endpoint("defaults", body.encode(), content_type, accept)
    assert result.body.decode() == expected


def test_default_hooks_answer_500_where_the_image_does(defaults: LocalSageMaker) -> None:
    for content_type in ("text/csv; charset=utf-8", "application/xml"):
        error = model_error(defaults, "defaults", content_type)
        assert error.members["OriginalStatusCode"] == 500
    json.dumps(error.members)
