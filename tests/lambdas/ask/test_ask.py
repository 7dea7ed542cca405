"""A kept endpoint answers every row of its version, or it is said why something else must."""

import io
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.ask import handler as module
from lambdas.shared import requests
from lambdas.shared.failures.errors import EndpointUnavailable
from tests.contracts import PREPARED_ROWS
from tests.lambdas.conftest import BUCKET, Context

NAME = "molino-kept--heart-01234567"
HEADER = b"prediction,probability:a,probability:b,threshold\n"
LINES = [f"{n},x\n".encode() for n in range(250)]


class Endpoint:
    """An endpoint that answers each row with its first cell, and what is known of it."""

    def __init__(self, config: str = f"{NAME}--4", status: str = "InService") -> None:
        self.config, self.status = config, status
        self.most, self.asked, self.lost = 10_000, [], 0
        self.then: str | None = None
        self.error: tuple[str, str] | None = None

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if self.error:
            code, message = self.error
            error: Any = {"Error": {"Code": code, "Message": message}}
            raise ClientError(error, "DescribeEndpoint")
        variant = {"CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        found = {"EndpointConfigName": self.config, "EndpointStatus": self.status}
        self.config = self.then or self.config
        return found | {"ProductionVariants": [variant]}

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        assert (request["EndpointName"], request["Accept"]) == (NAME, PREPARED_ROWS["accept"])
        assert request["ContentType"] == "text/csv; header=absent"
        rows = request["Body"].splitlines()
        self.asked.append(len(rows))
        if len(rows) > self.most:
            refused: Any = {"Error": {"Code": "ModelError"}, "OriginalStatusCode": 413}
            raise ClientError(refused, "InvokeEndpoint")
        cells = [b"%s,1,0,0.5\n" % row.split(b",")[0] for row in rows[self.lost :]]
        return {"Body": io.BytesIO(HEADER + b"".join(cells))}


def ask(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, **changes: Any
) -> dict[str, Any]:
    monkeypatch.setattr(module, "sagemaker_client", lambda: endpoint)
    monkeypatch.setattr(module, "sagemaker_runtime_client", lambda: endpoint)
    for number, part in enumerate((LINES[:200], LINES[200:])):
        s3.put_object(Bucket=BUCKET, Key=f"job/rows-2/0000{number}", Body=b"".join(part))
    rows = {"rows_uri": f"s3://{BUCKET}/job/rows-2/", "parts": 2, "endpoint_name": NAME}
    event = {"prepared": PREPARED_ROWS | rows | changes, "answers_uri": f"s3://{BUCKET}/job/e-0"}
    return module.handler(event, context)


def stored(s3: Any) -> list[bytes]:
    """Return the answers of both files, their headers left out."""
    keys = [f"job/e-0/0000{number}.out" for number in range(2)]
    bodies = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]
    return [line for body in bodies for line in body.splitlines(True) if line != HEADER]


@pytest.mark.parametrize("config", [f"{NAME}--4", f"{NAME}--4-2"])
def test_every_row_is_answered_in_order(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    endpoint = Endpoint(config)
    told = ask(s3, context, monkeypatch, endpoint)
    assert told["answers_uri"] == f"s3://{BUCKET}/job/e-0"
    assert (told["endpoint_name"], told["memory_mb"]) == (NAME, 2048)
    assert (told["wording"], told["error"]) == (None, None)
    assert [line.split(b",")[0] for line in stored(s3)] == [line.split(b",")[0] for line in LINES]
    assert endpoint.asked[0] == requests.FIRST_ROWS


def test_what_is_too_much_at_once_is_asked_in_parts(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint()
    endpoint.most = 30
    assert ask(s3, context, monkeypatch, endpoint)["answers_uri"]
    assert [line.split(b",")[0] for line in stored(s3)] == [line.split(b",")[0] for line in LINES]
    assert sum(count > 30 for count in endpoint.asked) < 4  # it learns


def changing() -> Endpoint:
    endpoint = Endpoint()
    endpoint.then = f"{NAME}--5"
    return endpoint


def failing(code: str, message: str) -> Endpoint:
    endpoint = Endpoint()
    endpoint.error = code, message
    return endpoint


def losing() -> Endpoint:
    endpoint = Endpoint()
    endpoint.lost = 1
    return endpoint


def refusing() -> Endpoint:
    endpoint = Endpoint()
    endpoint.most = 0
    return endpoint


PROBLEMS: dict[str, Any] = {
    "the endpoint serves another version": lambda: Endpoint(f"{NAME}--42"),
    "the endpoint's status is Updating": lambda: Endpoint(status="Updating"),
    "the endpoint has been deleted": lambda: failing("ValidationException", "Could not find x"),
    "DescribeEndpoint answered ThrottlingException": lambda: failing("ThrottlingException", "slow"),
    "the answer is not a table of predictions": losing,
    "the model answered with HTTP status 413": refusing,
}


@pytest.mark.parametrize("said", PROBLEMS)
def test_why_it_does_not_answer_is_said(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr("lambdas.shared.requests.ATTEMPTS", 1)
    told = ask(s3, context, monkeypatch, PROBLEMS[said]())
    assert told["answers_uri"] is None
    assert module.AskedEndpoint(**told).problem
    assert said in str(module.AskedEndpoint(**told).problem)
    with pytest.raises(EndpointUnavailable, match=re.escape(said[1:])):
        ask(s3, context, monkeypatch, PROBLEMS[said](), must_ask=True)


def test_answers_of_two_versions_are_none(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ask(s3, context, monkeypatch, changing())
    assert told["answers_uri"] is None
    assert told["answering_seconds"] >= 0


def test_it_is_not_waited_for_without_end(
    s3: Any, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.remaining_milliseconds = 60_000
    endpoint = Endpoint()
    told = ask(s3, context, monkeypatch, endpoint)
    assert "too long" in str(module.AskedEndpoint(**told).problem)
    assert endpoint.asked == []
