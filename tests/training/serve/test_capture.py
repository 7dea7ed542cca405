"""What a model captures of requests: in SageMaker's form, and never at the cost of an answer."""

import base64
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

from training.errors import RequestError
from training.serve import capture as module
from training.serve import hooks
from training.serve.capture import Capture, of_environment

URI = "s3://bucket/captures/ward/served/kept/AllTraffic"
LINE, ANSWER = "1.5,Ñandú", "prediction\n7\n"


class Bucket:
    """What was put, or the error that putting raises."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.asked = 0

    def put_object(self, **request: Any) -> None:
        self.asked += 1
        if self.error:
            raise self.error
        self.put.append(request)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(each["Body"]) for each in self.put]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Let the hooks capture all that a model answers."""

    def answer(_model: Any, body: Any, _content_type: str, accept: str) -> tuple[str, str]:
        if body == "bad":
            raise RequestError(400, "the body is bad")
        return ANSWER, accept

    found = Bucket()
    capture = Capture(found, URI, 100, "key")
    monkeypatch.setattr(hooks, "capture", lambda: capture)
    monkeypatch.setattr(hooks, "answer", answer)
    return found


def ask(body: bytes | str = LINE, content_type: str = "text/csv") -> Any:
    model: Any = None
    return hooks.transform_fn(model, body, content_type, "text/csv")


def test_an_exchange_is_stored_as_sagemaker_stores_it(bucket: Bucket) -> None:
    assert ask() == (ANSWER, "text/csv")
    (put,), (record,) = bucket.put, bucket.records()
    assert re.fullmatch(
        r"captures/ward/served/kept/AllTraffic/"
        r"\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl",
        put["Key"],
    )
    assert (put["Bucket"], put["ServerSideEncryption"], put["SSEKMSKeyId"]) == (
        "bucket", "aws:kms", "key",
    )  # fmt: skip
    assert put["Body"].endswith(b"\n")
    assert put["Body"].count(b"\n") == 1
    assert record["captureData"] == {
        "endpointInput": {
            "observedContentType": "text/csv", "mode": "INPUT", "data": LINE, "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "text/csv", "mode": "OUTPUT", "data": ANSWER, "encoding": "CSV",
        },
    }  # fmt: skip
    assert record["eventVersion"] == "0"
    moment = record["eventMetadata"]["inferenceTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        (b"\x93NUMPY\xff", "application/x-npy", "BASE64"),
        (LINE.encode(), "text/csv; charset=utf-8", "CSV"),
        ('{"instances": []}', "application/json", "JSON"),
        (b'{"a": 1}', "application/jsonlines", "BASE64"),
    ],
)
def test_what_is_neither_csv_nor_json_is_in_base64(
    bucket: Bucket, body: bytes | str, content_type: str, encoding: str
) -> None:
    ask(body, content_type)
    found = bucket.records()[0]["captureData"]["endpointInput"]
    assert (found["encoding"], found["observedContentType"]) == (encoding, content_type)
    data = base64.b64decode(found["data"]) if encoding == "BASE64" else found["data"].encode()
    assert data == (body.encode() if isinstance(body, str) else body)


def test_a_refused_request_is_not_captured(bucket: Bucket) -> None:
    assert ask("bad").status_code == 400
    assert bucket.put == []


def test_an_answer_goes_out_whatever_happens_to_the_capture(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.error = RuntimeError(f"cannot put {LINE}")
    assert [ask() for _ in range(3)] == [(ANSWER, "text/csv")] * 3
    told = capsys.readouterr().err
    assert told == "RuntimeError: requests are not captured; told once\n"
    assert bucket.asked == 1  # the others did not wait for S3, too


def test_it_captures_again_after_a_while(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.error = RuntimeError()
    ask()
    bucket.error = None
    now = module.time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + 61)
    ask()
    assert len(bucket.put) == 1


def test_a_share_is_captured() -> None:
    bucket = Bucket()
    capture = Capture(bucket, URI, 20, "key")
    for _ in range(1000):
        capture.record("1", "text/csv", "2", "text/csv")
    assert 130 < len(bucket.put) < 270  # 200, and five standard deviations


def test_what_molino_asks_itself_is_not_captured() -> None:
    bucket, app = Bucket(), Flask(__name__)
    capture = Capture(bucket, URI, 100, "key")
    for value, count in (("molino", 0), ("mine", 1)):
        headers = {"X-Amzn-SageMaker-Custom-Attributes": value}
        with app.test_request_context("/invocations", headers=headers):
            capture.record("1", "text/csv", "2", "text/csv")
        assert len(bucket.put) == count


def test_a_request_waits_for_s3_at_most_three_seconds() -> None:
    given = {module.URI: URI, module.PERCENT: "5", module.KEY: "k"}
    capture = of_environment(given | {"SAGEMAKER_REGION": "eu-west-1"})
    assert capture is not None
    config = capture.client.meta.config
    assert config.connect_timeout + config.read_timeout <= 3
    assert config.retries["total_max_attempts"] == 1
    assert (capture.percent, capture.key) == (5.0, "k")


def test_without_the_variables_nothing_of_it_is_loaded() -> None:
    assert of_environment({}) is None
    code = """
import sys
from training.serve.capture import capture
assert capture() is None and "boto3" not in sys.modules and "flask" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_wrong_variables_do_not_keep_a_model_from_serving(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(module.URI, URI)
    module.capture.cache_clear()
    try:
        assert module.capture() is None
    finally:
        module.capture.cache_clear()
    assert "KeyError" in capsys.readouterr().err
