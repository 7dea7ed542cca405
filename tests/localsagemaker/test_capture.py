"""Captured requests and answers lie in S3 as AWS writes them."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from localsagemaker import Limits
from tests.localsagemaker.conftest import BUCKET, CheckedSageMaker, settled, wait_for

ECHO = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    if body == "bad":
        raise ValueError
    return "answer,é", "text/csv"
"""
BOTH = [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
TYPES = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


def capture(prefix: str, **changes: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/{prefix}",
        "CaptureOptions": BOTH,
        "CaptureContentTypeHeader": TYPES,
    } | changes


@pytest.fixture
def captured(make: Any, deploy: Any, s3: Any, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Send requests to an endpoint with data capture; return the keys and the records."""

    def run(requests: list[tuple[bytes, str]], **changes: Any) -> tuple[list[str], list[Any]]:
        core: CheckedSageMaker = make(limits=Limits(health_check_seconds=10, capture_seconds=0.2))
        prefix = f"captures/{request.node.name}"
        deploy(core, ECHO, "End-Point", DataCaptureConfig=capture(prefix, **changes))
        described = settled(core, "End-Point")
        assert described["DataCaptureConfig"]["CaptureStatus"] in {"Started", "Stopped"}
        for body, content_type in requests:
            headers = {"X-Amzn-SageMaker-Inference-Id": "patient-7"}
            core.invoke_endpoint("End-Point", body, content_type, **headers)
        core.call("DeleteEndpoint", {"EndpointName": "End-Point"})
        wait_for(lambda: not core.call("ListEndpoints", {})["Endpoints"])
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        keys = [item["Key"] for item in found]
        bodies = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys]
        return keys, [json.loads(line) for body in bodies for line in body.splitlines()]

    return run


def test_layout_and_record(captured: Any) -> None:
    keys, records = captured([("1,é".encode(), "text/csv"), (b"\xff", "application/x-npy")])
    layout = r"End-Point/AllTraffic/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl"
    assert all(re.search(f"/{layout}$", key) for key in keys)
    first, second = (record["captureData"] for record in records)
    assert first["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "1,é",
        "encoding": "CSV",
    }
    assert first["endpointOutput"] == {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "data": "answer,é",
        "encoding": "CSV",
    }
    assert second["endpointInput"]["encoding"] == "BASE64"
    assert base64.b64decode(second["endpointInput"]["data"]) == b"\xff"
    assert {record["eventVersion"] for record in records} == {"0"}
    event = records[0]["eventMetadata"]
    assert event["inferenceId"] == "patient-7"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["inferenceTime"])
    assert len({record["eventMetadata"]["eventId"] for record in records}) == 2


def test_one_side_only(captured: Any) -> None:
    _, records = captured([(b"1", "text/csv")], CaptureOptions=[{"CaptureMode": "Output"}])
    assert list(records[0]["captureData"]) == ["endpointOutput"]


def test_without_named_types_all_is_base64(captured: Any) -> None:
    _, records = captured(
        [(b"1", "text/csv")], CaptureContentTypeHeader={"JsonContentTypes": ["application/json"]}
    )
    assert records[0]["captureData"]["endpointInput"]["encoding"] == "BASE64"


@pytest.mark.parametrize("changes", [{"InitialSamplingPercentage": 0}, {"EnableCapture": False}])
def test_nothing_is_captured_when_not_asked_to(captured: Any, changes: dict[str, Any]) -> None:
    assert captured([(b"1", "text/csv")] * 5, **changes) == ([], [])


def test_a_share_is_captured(captured: Any) -> None:
    _, records = captured([(b"1", "text/csv")] * 60, InitialSamplingPercentage=50)
    assert 10 < len(records) < 50  # beyond five standard deviations otherwise


def test_a_refused_upload_is_told_and_hurts_no_request(make: Any, deploy: Any, s3: Any) -> None:
    lines: list[str] = []
    core = make(
        limits=Limits(health_check_seconds=10, capture_seconds=0.1),
        on_log=lambda _group, _stream, line: lines.append(line),
    )
    config = capture("x", DestinationS3Uri="s3://no-such-bucket/x")
    deploy(core, ECHO, DataCaptureConfig=config)
    settled(core)
    assert core.invoke_endpoint("endpoint", b"1", "text/csv").status == 200
    wait_for(lambda: any("data capture" in line and "NoSuchBucket" in line for line in lines))
