"""Transform jobs as resources: created, described, listed, stopped, failing on purpose."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.sagemaker_tasks import TaskError, run_task
from localsagemaker import ApiError, FaultPlan, LocalSageMaker
from localsagemaker.faults import CallFault, ResourceFault
from localsagemaker.server import Server
from tests.localsagemaker.conftest import (
    ACCOUNT,
    IMAGE,
    NO_ROLE,
    REGION,
    ROLE,
    client,
    outputs,
    transformed,
    wait_for,
)

Build = Callable[..., dict[str, Any]]
AT_ONCE = {"Delay": 0, "MaxAttempts": 100_000}
ECHO = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept): return body.upper(), accept
"""
SLEEP = """
import time
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    if "wait" in body:
        print("asked", flush=True)
        time.sleep(60)
    return body, accept
"""
ROWS = {"rows.csv": b"a,b\nc,d\n"}


def described(core: LocalSageMaker, name: str = "job") -> dict[str, Any]:
    return core.call("DescribeTransformJob", {"TransformJobName": name})


def test_a_job_is_described_as_on_aws(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    tags = [{"Key": "project", "Value": "molino"}]
    request = transform(
        core,
        ECHO,
        ROWS,
        Tags=tags,
        MaxConcurrentTransforms=2,
        MaxPayloadInMB=3,
        BatchStrategy="MultiRecord",
        Environment={"OWN": "v"},
        ModelClientConfig={"InvocationsTimeoutInSeconds": 5, "InvocationsMaxRetries": 1},
    )
    answer = core.call("CreateTransformJob", request)
    assert described(core)["TransformJobStatus"] == "InProgress"
    job = transformed(core)

    assert job["TransformJobStatus"] == "Completed", core.transform_log("job").read_text()
    assert answer == {"TransformJobArn": job["TransformJobArn"]}
    assert job["TransformJobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/job"
    assert job["TransformEndTime"] >= job["TransformStartTime"] >= job["CreationTime"]
    defaults = {
        "TransformInput": {"CompressionType": "None"},
        "TransformOutput": {"KmsKeyId": ""},
        "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"},
    }
    given = {name: value for name, value in request.items() if name != "Tags"}
    expected = given | {name: value | given.get(name, {}) for name, value in defaults.items()}
    assert {name: job[name] for name in expected} == expected
    assert core.call("ListTags", {"ResourceArn": job["TransformJobArn"]})["Tags"] == tags
    assert outputs(job, s3) == {"rows.csv.out": b"A,B\nC,D\n"}
    assert [path.name for path in core.transform_log("job").parent.iterdir()] == ["log.txt"]


def test_logs_are_where_aws_has_them(make: Any, transform: Build) -> None:
    logged: list[tuple[str, str, str]] = []
    core = make(on_log=lambda *entry: logged.append(entry))
    inference = "print('loading')\n" + ECHO
    core.call("CreateTransformJob", transform(core, inference, ROWS))
    transformed(core)
    assert {group for group, _, _ in logged} == {"/aws/sagemaker/TransformJobs"}
    data = [(stream, line) for _, stream, line in logged if stream.endswith("/data-log")]
    (stream, line), *further = data
    assert line.endswith(
        ":[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"
    )
    assert not further
    container = stream.removesuffix("/data-log")
    assert container.startswith("job/i-")
    assert (container, "loading") in [(stream, line) for _, stream, line in logged]


def test_what_is_refused(core: LocalSageMaker, transform: Build) -> None:
    request = transform(core, ECHO, ROWS)
    core.call("CreateTransformJob", request)
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
    with pytest.raises(ApiError) as caught:
        core.call("CreateTransformJob", request)
    assert (caught.value.code, caught.value.message) == (
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, and a job with this name "
        f"already exists ({arn}:transform-job/job)",
    )
    with pytest.raises(
        ApiError, match=f'^ValidationException: Could not find model "{arn}:model/no'
    ):
        core.call("CreateTransformJob", request | {"TransformJobName": "new", "ModelName": "no"})
    with pytest.raises(ApiError, match="Could not find requested job with name: none"):
        described(core, "none")
    transformed(core)
    with pytest.raises(ApiError, match="the transform job is in status Completed"):
        core.call("StopTransformJob", {"TransformJobName": "job"})
    assert "DeleteTransformJob" not in core.operations  # nor has AWS


def test_the_models_role_reads_the_input(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, ECHO, {})
    with pytest.raises(ApiError) as caught:
        core.call("CreateTransformJob", request)
    uri = request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    assert f'No S3 objects found under S3 URL "{uri}" given in input' in caught.value.message
    assert f'the role "{ROLE}" has "s3:ListBucket" permissions' in caught.value.message
    container = {"Image": IMAGE}
    model = {"ModelName": "strange", "ExecutionRoleArn": NO_ROLE, "PrimaryContainer": container}
    core.call("CreateModel", model)
    with pytest.raises(ApiError, match=f"Could not assume role {NO_ROLE}"):
        core.call("CreateTransformJob", request | {"ModelName": "strange"})


FILTERED = {"DataProcessing": {"JoinSource": "Input"}}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB must not be greater than 100, got 101"),
        (
            {"MaxPayloadInMB": 30, "MaxConcurrentTransforms": 4},
            "MaxPayloadInMB must not be greater than 100, got 4 [*] 30",
        ),
        ({"MaxConcurrentTransforms": 17}, "must not be greater than 100, got 17 [*] 6"),
        ({"MaxPayloadInMB": 0}, "no chunked requests"),
        ({"TransformInput": {"SplitType": "RecordIO"}}, "by Line or None, not by RecordIO"),
        ({"TransformInput": {"SplitType": "Words"}}, "Member must satisfy enum value set"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://b/c"}}, "captures no data"),
        ({"DataProcessing": {"InputFilter": "$.id"}}, "by indexes and slices, not by"),
        (FILTERED | {"TransformOutput": {"Accept": "application/json"}}, "Accept text/csv"),
        (FILTERED | {"TransformOutput": {"AssembleWith": "None"}}, "AssembleWith Line"),
        (FILTERED | {"TransformInput": {"SplitType": "None"}}, "SplitType Line"),
        (
            {"DataProcessing": {"InputFilter": "$[0]"}, "TransformInput": {"ContentType": "a/b"}},
            "ContentType text/csv",
        ),
    ],
)
def test_what_does_not_run_here_is_refused(
    core: LocalSageMaker, transform: Build, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(ApiError, match=message):
        core.call("CreateTransformJob", transform(core, ECHO, ROWS, **members))
    assert core.call("ListTransformJobs", {})["TransformJobSummaries"] == []


def test_augmented_manifests_are_refused(core: LocalSageMaker, transform: Build) -> None:
    request = transform(core, ECHO, ROWS)
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    source["S3DataType"] = "AugmentedManifestFile"
    with pytest.raises(ApiError, match="AugmentedManifestFile is not supported"):
        core.call("CreateTransformJob", request)


def test_listing(make: Any, transform: Build) -> None:
    plan = FaultPlan(resources=[ResourceFault("transform-job", "*", "Failed", "CapacityError")])
    core = make(faults=plan)
    for number in range(3):
        core.call("CreateTransformJob", transform(core, ECHO, ROWS, f"Job-{number}"))
        transformed(core, f"Job-{number}")
    first = core.call("ListTransformJobs", {"MaxResults": 2})
    rest = core.call("ListTransformJobs", {"MaxResults": 2, "NextToken": first["NextToken"]})
    found = first["TransformJobSummaries"] + rest["TransformJobSummaries"]
    assert [job["TransformJobName"] for job in found] == ["Job-2", "Job-1", "Job-0"]
    assert found[0]["FailureReason"] == "CapacityError"
    assert found[0]["LastModifiedTime"] >= found[0]["TransformEndTime"]
    assert core.call("ListTransformJobs", {"StatusEquals": "InProgress"}) == {
        "TransformJobSummaries": []
    }


def test_a_stopped_job_stores_nothing(core: LocalSageMaker, transform: Build, s3: Any) -> None:
    request = transform(core, SLEEP, {"a.csv": b"go", "b.csv": b"wait"})
    core.call("CreateTransformJob", request)
    log = core.transform_log("job")
    wait_for(lambda: log.exists() and "asked" in log.read_text())
    core.call("StopTransformJob", {"TransformJobName": "job"})
    assert described(core)["TransformJobStatus"] in {"Stopping", "Stopped"}
    job = transformed(core)
    assert job["TransformJobStatus"] == "Stopped"
    assert job["TransformEndTime"] >= job["TransformStartTime"]
    assert outputs(job, s3) == {}


def test_a_job_can_be_stopped_before_its_container_is_up(
    core: LocalSageMaker, transform: Build
) -> None:
    core.call("CreateTransformJob", transform(core, "import time\ntime.sleep(60)", ROWS))
    wait_for(lambda: "TransformStartTime" in described(core))
    core.call("StopTransformJob", {"TransformJobName": "job"})
    assert transformed(core)["TransformJobStatus"] == "Stopped"


def test_faults(make: Any, transform: Build) -> None:
    plan = FaultPlan(
        calls=[
            CallFault("CreateTransformJob", "ResourceLimitExceeded", "quota 0", nth=(1,)),
            CallFault("DescribeTransformJob", "ThrottlingException", nth=(1,)),
        ],
        resources=[
            ResourceFault("transform-job", "bad", "Failed", "CapacityError: none"),
            ResourceFault("transform-job", "halted", "Stopped"),
            ResourceFault("transform-job", "hangs", "stuck"),
        ],
    )
    core = make(faults=plan)
    request = transform(core, ECHO, ROWS, "bad")
    with pytest.raises(ApiError, match="quota 0"):
        core.call("CreateTransformJob", request)
    for name in ("bad", "halted", "hangs"):
        core.call("CreateTransformJob", request | {"TransformJobName": name})
    with pytest.raises(ApiError, match="Rate exceeded"):
        described(core, "bad")
    assert transformed(core, "bad")["FailureReason"] == "CapacityError: none"
    assert transformed(core, "halted")["TransformJobStatus"] == "Stopped"
    hanging = described(core, "hangs")
    assert hanging["TransformJobStatus"] == "InProgress"
    assert "TransformStartTime" not in hanging
    core.call("StopTransformJob", {"TransformJobName": "hangs"})
    assert transformed(core, "hangs")["TransformJobStatus"] == "Stopped"


def test_boto3s_waiter(server: Server, core: LocalSageMaker, transform: Build) -> None:
    sagemaker = client(server)
    sagemaker.create_transform_job(**transform(core, ECHO, ROWS))
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="job", WaiterConfig=AT_ONCE)
    job = sagemaker.describe_transform_job(TransformJobName="job")
    assert job["TransformJobStatus"] == "Completed"
    pages = sagemaker.get_paginator("list_transform_jobs").paginate()
    assert [job["TransformJobName"] for page in pages for job in page["TransformJobSummaries"]] == [
        "job"
    ]


RESOURCE = "arn:aws:states:::sagemaker:createTransformJob.sync"


def test_step_functions_waits_for_the_end(core: LocalSageMaker, transform: Build) -> None:
    done = run_task(core, RESOURCE, transform(core, ECHO, ROWS), lambda: True)
    assert done["TransformJobStatus"] == "Completed"
    assert isinstance(done["TransformEndTime"], int)
    broken = ECHO.replace("body.upper()", "1 / 0")
    config = {"InvocationsMaxRetries": 0}
    request = transform(core, broken, ROWS, "bad", ModelClientConfig=config)
    with pytest.raises(TaskError) as caught:
        run_task(core, RESOURCE, request, lambda: True)
    assert caught.value.error == "States.TaskFailed"
    assert json.loads(caught.value.cause)["FailureReason"].startswith("AlgorithmError")


def test_a_stopped_execution_stops_its_job(core: LocalSageMaker, transform: Build) -> None:
    with pytest.raises(TaskError):
        run_task(core, RESOURCE, transform(core, SLEEP, {"a.csv": b"wait"}), lambda: False)
    assert transformed(core)["TransformJobStatus"] == "Stopped"
