"""What a transform job sends to its container, and what it makes of the answers."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from localsagemaker import Limits, LocalSageMaker
from tests.localsagemaker.conftest import BUCKET, outputs, transformed

Build = Callable[..., dict[str, Any]]
# Answers each request with one line that shows its body, so that requests can be told apart.
SHOW = """
import json
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    return json.dumps(body) + "\\n", accept
"""
ADD = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    rows = [line.split(",") for line in body.splitlines()]
    return "\\n".join(str(sum(map(int, row))) for row in rows), accept
"""


def run(core: LocalSageMaker, request: dict[str, Any]) -> dict[str, Any]:
    core.call("CreateTransformJob", request)
    job = transformed(core, request["TransformJobName"])
    assert job["TransformJobStatus"] == "Completed", core.transform_log("job").read_text()
    return job


def data_log(core: LocalSageMaker) -> list[str]:
    """Return the lines that the job wrote itself, without their times."""
    lines = core.transform_log("job").read_text().splitlines()
    return [
        line.partition(":[sagemaker logs]: ")[2] for line in lines if "[sagemaker logs]" in line
    ]


def shown(output: bytes) -> list[str]:
    return [json.loads(line) for line in output.splitlines()]


def test_objects_are_transformed_one_by_one_and_keep_their_paths(
    core: LocalSageMaker, transform: Build, s3: Any
) -> None:
    objects = {"a.csv": b"1\n2\n", "deep/b.csv": b"3", "deep/": b"", "empty.csv": b""}
    job = run(core, transform(core, SHOW, objects))
    assert {key: shown(body) for key, body in outputs(job, s3).items()} == {
        "a.csv.out": ["1\n2\n"],
        "deep/b.csv.out": ["3"],
        "empty.csv.out": [],
    }


def test_a_prefix_is_one_of_names(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, SHOW, {"a/x.csv": b"1", "ab.csv": b"2", "b.csv": b"3"})
    place = request["TransformInput"]["DataSource"]["S3DataSource"]
    place["S3Uri"] += "a"
    assert set(outputs(run(core, request), s3)) == {"a/x.csv.out", "ab.csv.out"}


def test_a_manifest_names_the_objects(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, SHOW, {"a.csv": b"1", "deep/b#é.csv": b"2", "c.csv": b"3"})
    place = request["TransformInput"]["DataSource"]["S3DataSource"]
    manifest = [{"prefix": place["S3Uri"]}, "deep/b#é.csv", "a.csv"]
    s3.put_object(Bucket=BUCKET, Key="rows.manifest", Body=json.dumps(manifest).encode())
    place |= {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/rows.manifest"}
    assert set(outputs(run(core, request), s3)) == {"a.csv.out", "deep/b#é.csv.out"}


def test_a_manifest_that_is_none_fails_the_job(core: LocalSageMaker, transform: Build) -> None:
    request = transform(core, SHOW, {"rows.manifest": b"{}"})
    place = request["TransformInput"]["DataSource"]["S3DataSource"]
    place |= {"S3DataType": "ManifestFile", "S3Uri": f"{place['S3Uri']}rows.manifest"}
    core.call("CreateTransformJob", request)
    assert transformed(core)["FailureReason"].startswith("ClientError: Failed to download data.")


def test_gzip(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    packed = {"TransformInput": {"CompressionType": "Gzip"}}
    job = run(core, transform(core, SHOW, {"a.csv.gz": gzip.compress(b"1\n2\n")}, **packed))
    assert {key: shown(body) for key, body in outputs(job, s3).items()} == {
        "a.csv.gz.out": ["1\n2\n"]
    }


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"1\n" * 99)[:-9]], ids=["none", "cut"])
def test_what_is_no_gzip_fails(
    core: LocalSageMaker, transform: Build, s3: Any, body: bytes
) -> None:
    packed = {"TransformInput": {"CompressionType": "Gzip"}}
    objects = {"a.csv.gz": body, "b.csv.gz": gzip.compress(b"1")}
    core.call("CreateTransformJob", transform(core, SHOW, objects, **packed))
    job = transformed(core)
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert set(outputs(job, s3)) == {"b.csv.gz.out"}


def test_single_records_with_a_header(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, SHOW, {"a.csv": b"id\n1\n2"}, BatchStrategy="SingleRecord")
    assert shown(outputs(run(core, request), s3)["a.csv.out"]) == ["id\n", "1\n", "2"]


def test_without_split_or_assembly(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(
        core,
        SHOW.replace(' + "\\n"', ""),
        {"a.csv": b"1\n2"},
        TransformInput={"SplitType": "None"},
        TransformOutput={"AssembleWith": "None"},
    )
    assert outputs(run(core, request), s3) == {"a.csv.out": b'"1\\n2"'}


def test_payloads_are_as_large_as_may_be(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    line = b"x" * 1023 + b"\n"
    count = "def model_fn(_): return None\ndef transform_fn(m, b, c, a): return str(len(b)), a"
    request = transform(core, count, {"a.csv": line * 2500}, MaxPayloadInMB=1)
    sizes = outputs(run(core, request), s3)["a.csv.out"].split()
    assert [int(size) for size in sizes] == [1 << 20, 1 << 20, 2500 * 1024 - (2 << 20)]


TOGETHER = """
import threading, time
import flask
most = now = 0
def model_fn(_): return None
def execution_parameters_fn():
    return flask.jsonify({"MaxConcurrentTransforms": 3, "BatchStrategy": "SINGLE_RECORD"})
def transform_fn(model, body, content_type, accept):
    global now, most
    now += 1
    most = max(now, most)
    deadline = time.time() + 10
    while most < 3 and time.time() < deadline:
        time.sleep(0.01)
    time.sleep(0.05 if body.startswith("0") else 0)
    now -= 1
    return f"{body.strip()} {most}", accept
"""


def test_the_container_says_how_it_wants_its_requests_and_answers_stay_in_order(
    core: LocalSageMaker, transform: Build, s3: Any
) -> None:
    request = transform(core, TOGETHER, {"a.csv": b"0\n1\n2\n3\n4\n5\n"})
    answers = outputs(run(core, request), s3)["a.csv.out"].decode().splitlines()
    assert answers == [f"{number} 3" for number in range(6)]
    assert data_log(core) == [
        "MaxConcurrentTransforms=3, MaxPayloadInMB=6, BatchStrategy=SINGLE_RECORD"
    ]


def test_the_containers_environment_and_headers(
    core: LocalSageMaker, transform: Build, s3: Any
) -> None:
    report = """
import json, os
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    return json.dumps([content_type, accept, dict(os.environ)]), accept
"""
    request = transform(
        core,
        report,
        {"a.csv": b"1"},
        Environment={"OWN": "v", "SAGEMAKER_MODEL_SERVER_WORKERS": "2"},
        BatchStrategy="MultiRecord",
        MaxConcurrentTransforms=2,
        MaxPayloadInMB=5,
        TransformInput={"ContentType": "text/csv; charset=utf-8"},
        TransformOutput={"Accept": "application/x-own"},
    )
    content_type, accept, environment = json.loads(outputs(run(core, request), s3)["a.csv.out"])
    assert (content_type, accept) == ("text/csv; charset=utf-8", "application/x-own")
    expected = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "MULTI_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "5",
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_MODEL_SERVER_WORKERS": "2",
        "OWN": "v",
    }
    assert {name: environment.get(name) for name in expected} == expected


def test_answers_joined_to_their_rows(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(
        core,
        ADD,
        {"a.csv": b'"id, 1",1,2\nid2,3,4\n'},
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    assert outputs(run(core, request), s3) == {"a.csv.out": b'"id, 1",3\nid2,7\n'}


FAILING = """
import flask
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    if "bad" in body:
        print("asked", flush=True)
        return flask.Response("line 1\\nline 2", status={status})
    return body, accept
"""


@pytest.mark.parametrize(
    ("status", "reason", "first", "tries"),
    [
        (400, "ClientError", "ClientError: 400", 1),
        (503, "AlgorithmError", "Bad HTTP status received from algorithm: 503", 3),
    ],
)
def test_a_failed_request_fails_its_object_and_the_job(
    core: LocalSageMaker,
    transform: Build,
    s3: Any,
    status: int,
    reason: str,
    first: str,
    tries: int,
) -> None:
    inference = FAILING.format(status=status)
    request = transform(
        core,
        inference,
        {"a.csv": b"good\n", "b.csv": b"good\nbad\ngood\n", "c.csv": b"good\n"},
        BatchStrategy="SingleRecord",
        ModelClientConfig={"InvocationsMaxRetries": 2},
    )
    core.call("CreateTransformJob", request)
    job = transformed(core)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == f"{reason}: See job logs for more information"
    assert outputs(job, s3) == {"a.csv.out": b"good\n", "c.csv.out": b"good\n"}
    key = request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"].removeprefix("s3://")
    expected = [first, "", "Message:", "line 1", "line 2"]
    assert data_log(core)[1:] == [f"{key}b.csv: {line}" for line in expected]
    assert core.transform_log("job").read_text().splitlines().count("asked") == tries


def test_a_record_larger_than_a_payload_fails(
    core: LocalSageMaker, transform: Build, s3: Any
) -> None:
    objects = {"a.csv": b"1\n" + b"x" * ((1 << 20) + 1), "b.csv": b"1"}
    core.call("CreateTransformJob", transform(core, SHOW, objects, MaxPayloadInMB=1))
    job = transformed(core)
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert data_log(core)[1].endswith("a.csv: Too much data for max payload size")
    assert set(outputs(job, s3)) == {"b.csv.out"}


def test_no_answer_in_time(core: LocalSageMaker, transform: Build) -> None:
    slow = "import time\ndef model_fn(_): return None\ndef transform_fn(*_): time.sleep(60)"
    config = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    request = transform(core, slow, {"a.csv": b"1"}, ModelClientConfig=config)
    core.call("CreateTransformJob", request)
    job = transformed(core)
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert data_log(core)[1].endswith(
        "a.csv: Model server did not respond to /invocations request within 1 seconds"
    )


def test_a_container_that_dies_under_its_requests(core: LocalSageMaker, transform: Build) -> None:
    dying = "import os\ndef model_fn(_): return None\ndef transform_fn(*_): os._exit(9)"
    config = {"InvocationsMaxRetries": 1}
    request = transform(core, dying, {"a.csv": b"1"}, ModelClientConfig=config)
    core.call("CreateTransformJob", request)
    assert transformed(core)["FailureReason"].startswith("InternalServerError")
    assert data_log(core)[1].endswith("a.csv: Unable to get response from algorithm")


def test_a_container_that_does_not_come_up(make: Any, transform: Build) -> None:
    core = make(limits=Limits(health_check_seconds=5, failed_pings=2))
    core.call("CreateTransformJob", transform(core, "1 / 0", {"a.csv": b"1"}))
    assert transformed(core)["FailureReason"].startswith(
        "AlgorithmError: Model container failed to respond to ping."
    )
    assert "ZeroDivisionError" in core.transform_log("job").read_text()


def test_a_model_that_is_gone(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, SHOW, {"a.csv": b"1"})
    model = core.call("DescribeModel", {"ModelName": "job"})
    key = model["PrimaryContainer"]["ModelDataUrl"].removeprefix(f"s3://{BUCKET}/")
    s3.delete_object(Bucket=BUCKET, Key=key)
    core.call("CreateTransformJob", request)
    assert transformed(core)["FailureReason"].startswith("ClientError: Failed to download model")


def test_an_output_that_may_not_be_written(core: LocalSageMaker, transform: Build) -> None:
    place = {"S3OutputPath": "s3://no-such-bucket-here/out"}
    request = transform(core, SHOW, {"a.csv": b"1"}, TransformOutput=place)
    core.call("CreateTransformJob", request)
    assert transformed(core)["FailureReason"].startswith("ClientError: See job logs")
    assert "a.csv: Failed to upload" in data_log(core)[1]
    assert "NoSuchBucket" in data_log(core)[1]


def test_outputs_are_encrypted_with_the_key(
    core: LocalSageMaker, transform: Build, s3: Any
) -> None:
    key = {"KmsKeyId": "key-1"}
    job = run(core, transform(core, SHOW, {"a.csv": b"1"}, TransformOutput=key))
    where = job["TransformOutput"]["S3OutputPath"].removeprefix(f"s3://{BUCKET}/")
    head = s3.head_object(Bucket=BUCKET, Key=f"{where}a.csv.out")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"][-5:]) == ("aws:kms", "key-1")
