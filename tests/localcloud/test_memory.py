"""What a burst of uploads would fill memory with is bounded, and answers are as before."""

import asyncio
import json
import ssl
from asyncio import sslproto
from pathlib import Path
from typing import Any

import pytest
from jsonata import Jsonata

from localcloud import memory
from localcloud.ministack_internals import cloudwatch, eventbridge, lambda_svc, s3, stepfunctions

CHANGED = (
    (s3, "persist_object"),
    (cloudwatch, "record_metric"),
    (eventbridge, "events_log_list"),
    (lambda_svc, "emit_lambda_logs"),
    (stepfunctions, "evaluate_jsonata"),
    (sslproto.SSLProtocol, "max_size"),
)


CONTEXT = {"variables": {"b": 3}}


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for place, name in CHANGED:
        monkeypatch.setattr(place, name, getattr(place, name))  # as it was, afterwards
    monkeypatch.setattr(s3, "S3_PERSIST", True)
    monkeypatch.setattr(s3, "DATA_DIR", str(tmp_path))
    memory.install()


def _ask_s3(method: str, path: str, body: bytes = b"", **query: str) -> tuple[Any, Any, bytes]:
    status, headers, answer = asyncio.run(s3.handle_request(method, path, {}, body, query))
    assert status < 300, answer
    return status, headers, answer


@pytest.mark.usefixtures("bounded")
def test_versions_of_objects_are_on_disk_alone() -> None:
    _ask_s3("PUT", "/a-bucket")
    enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    _ask_s3("PUT", "/a-bucket", enabled, versioning="")
    bodies = [b"first", b"second", b"third"]
    written = [_ask_s3("PUT", "/a-bucket/k", body)[1]["x-amz-version-id"] for body in bodies]

    kept = s3.object_versions["a-bucket", "k"]
    assert [version["data"] for version in kept] == [None] * 3
    read = [_ask_s3("GET", "/a-bucket/k", versionId=version)[2] for version in written]
    assert read == bodies

    _ask_s3("DELETE", "/a-bucket/k", versionId=written[2])
    assert _ask_s3("GET", "/a-bucket/k")[2] == b"second"
    _ask_s3("DELETE", "/a-bucket/k")  # hidden by a marker
    assert _ask_s3("GET", "/a-bucket/k", versionId=written[1])[2] == b"second"


@pytest.mark.usefixtures("bounded")
def test_datapoints_of_a_metric_share_their_dimensions() -> None:
    for name, value in (("f", 1), ("g", 10), ("f", 2)):
        cloudwatch.record_metric("Test/Memory", "Count", value, "Count", {"FunctionName": name})
    cloudwatch.record_metric("Test/Memory", "Other", "no number", "Count", {"FunctionName": "f"})

    points = cloudwatch.metrics["Test/Memory", "Count", "FunctionName=f"]
    assert points[0]["Dimensions"] is points[1]["Dimensions"] is not None
    assert _statistics("f") == {"Sum": 3, "Maximum": 2, "SampleCount": 2}
    assert _statistics("g") == {"Sum": 10, "Maximum": 10, "SampleCount": 1}


def _statistics(function: str) -> dict[str, float]:
    wanted = ["Sum", "Maximum", "SampleCount"]
    asked = {
        "Namespace": "Test/Memory",
        "MetricName": "Count",
        "Period": 3600 * 24 * 365,
        "StartTime": 0,
        "EndTime": 2**32,
        "Statistics": wanted,
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
    }
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "GraniteServiceVersion20100801.GetMetricStatistics",
    }
    body = json.dumps(asked).encode()
    _, _, answer = asyncio.run(cloudwatch.handle_request("POST", "/", headers, body, {}))
    (point,) = json.loads(answer)["Datapoints"]
    return {name: point[name] for name in wanted}


@pytest.mark.usefixtures("bounded")
def test_a_tls_connection_keeps_a_small_buffer() -> None:
    async def connect() -> int:
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context()
        protocol = sslproto.SSLProtocol(loop, asyncio.Protocol(), context, None)
        return len(protocol.get_buffer(-1))

    assert asyncio.run(connect()) == memory.TLS_BUFFER_BYTES


@pytest.mark.usefixtures("bounded")
def test_a_thread_keeps_nothing_of_the_expressions_it_evaluated() -> None:
    answer = stepfunctions.evaluate_jsonata("$sum($states.input.a) + $b", {"a": [1, 2]}, CONTEXT)
    assert answer == 6
    assert vars(Jsonata.CURRENT) == vars(Jsonata.PARSER) == {}
    with pytest.raises(stepfunctions.ExecutionError, match="did not return a result"):
        stepfunctions.evaluate_jsonata("$states.input.none", {}, CONTEXT)
    assert vars(Jsonata.CURRENT) == vars(Jsonata.PARSER) == {}
