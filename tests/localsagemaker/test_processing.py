"""Processing jobs really run, as AWS runs a processing container."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.sagemaker_tasks import TaskError, run_task
from localsagemaker import ApiError, FaultPlan, LocalSageMaker
from localsagemaker.faults import CallFault, ResourceFault
from localsagemaker.server import Server
from tests.localsagemaker import conftest
from tests.localsagemaker.conftest import (
    ACCOUNT,
    BUCKET,
    IMAGE,
    NO_ROLE,
    REGION,
    ROLE,
    client,
    objects_under,
    wait_for,
)

Build = Callable[..., dict[str, Any]]
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
AT_ONCE = {"Delay": 0, "MaxAttempts": 100_000}
REPORT = """
import json, os, pathlib, sys
processing = pathlib.Path(sys.argv[1])
config = processing.parent / "config"
seen = {
    "argv": sys.argv[1:], "env": dict(os.environ),
    "job": json.loads((config / "processingjobconfig.json").read_text()),
    "resources": json.loads((config / "resourceconfig.json").read_text()),
    "data": sorted(
        str(path.relative_to(processing / "input"))
        for path in (processing / "input").rglob("*.csv")
    ),
}
(processing / "output" / "deep").mkdir()
(processing / "output" / "deep" / "seen.json").write_text(json.dumps(seen))
(processing.parent / "output" / "message").write_text("all was read")
"""


@pytest.fixture
def processing(s3: Any, request: pytest.FixtureRequest) -> Build:
    """Build a CreateProcessingJob request around a script."""

    def build(script: str, name: str = "job", mode: str = "EndOfJob", **members: Any) -> Any:
        prefix = f"processing/{request.node.name}/{name}"
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/code/main.py", Body=script.encode())
        return {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", f"{INPUT}/code/main.py"],
                "ContainerArguments": ["/opt/ml/processing", "--plain"],
            },
            "ProcessingInputs": [
                source("code", f"{prefix}/code/"),
                source("data", "datasets/train/"),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [target("results", f"{prefix}/results", mode)],
                "KmsKeyId": "key-1",
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.xlarge",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                }
            },
            "NetworkConfig": {"EnableNetworkIsolation": True},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        } | members

    return build


def source(name: str, prefix: str, **members: Any) -> dict[str, Any]:
    place = {
        "S3Uri": f"s3://{BUCKET}/{prefix}",
        "LocalPath": f"{INPUT}/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    return {"InputName": name, "S3Input": place | members}


def target(name: str, prefix: str, mode: str = "EndOfJob") -> dict[str, Any]:
    place = {"S3Uri": f"s3://{BUCKET}/{prefix}", "LocalPath": OUTPUT, "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": place}


def described(core: LocalSageMaker, name: str = "job") -> dict[str, Any]:
    return core.call("DescribeProcessingJob", {"ProcessingJobName": name})


def ended(core: LocalSageMaker, name: str = "job") -> dict[str, Any]:
    return conftest.ended(core, "ProcessingJob", name)


def results(job: dict[str, Any], s3: Any) -> dict[str, bytes]:
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    return objects_under(s3, uri)


def test_a_job_gets_what_aws_gives_a_container(
    core: LocalSageMaker, processing: Build, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-service")
    tags = [{"Key": "project", "Value": "molino"}]
    request = processing(REPORT, Environment={"AT": "/opt/ml/processing", "OWN": "v"}, Tags=tags)
    answer = core.call("CreateProcessingJob", request)
    assert described(core)["ProcessingJobStatus"] == "InProgress"
    job = ended(core)

    assert job["ProcessingJobStatus"] == "Completed", core.processing_log("job").read_text()
    assert answer == {"ProcessingJobArn": job["ProcessingJobArn"]}
    assert job["ExitMessage"] == "all was read"
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"] >= job["CreationTime"]
    given = {name: value for name, value in request.items() if name != "Tags"}
    assert {name: job[name] for name in given} == given
    assert core.call("ListTags", {"ResourceArn": job["ProcessingJobArn"]})["Tags"] == tags
    found = results(job, s3)
    assert set(found) == {"deep/seen.json"}
    seen = json.loads(found["deep/seen.json"])
    base = seen["argv"][0].removesuffix("/processing")
    assert seen["argv"] == [f"{base}/processing", "--plain"]
    assert seen["data"] == ["data/deep/more.csv", "data/train.csv"]
    assert seen["resources"] == {"current_host": "algo-1", "hosts": ["algo-1"]}
    assert seen["job"] == {"ProcessingJobArn": job["ProcessingJobArn"]} | {
        name: value for name, value in given.items() if name != "NetworkConfig"
    }
    environment = {
        "PROCESSING_JOB_ARN": job["ProcessingJobArn"],
        "AWS_REGION": REGION,
        "AT": f"{base}/processing",
        "OWN": "v",
    }
    assert {name: seen["env"].get(name) for name in environment} == environment
    assert not [name for name in seen["env"] if "TOKEN" in name or "SECRET" in name]
    uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    key = f"{uri.removeprefix(f's3://{BUCKET}/')}/deep/seen.json"
    head = s3.head_object(Bucket=BUCKET, Key=key)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"][-5:]) == ("aws:kms", "key-1")
    assert os.listdir(core.processing_log("job").parent) in ([], ["log.txt"])  # noqa: PTH208


def test_a_manifest_names_the_objects(core: LocalSageMaker, processing: Build, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="odd/a b#?é.csv", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="odd/a b#?é.csv.bak", Body=b"2")
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/odd/"}, "a b#?é.csv"])
    s3.put_object(Bucket=BUCKET, Key="odd.manifest", Body=manifest.encode())
    script = "import os, sys\nprint(os.listdir(sys.argv[1] + '/input/data'))\n"
    request = processing(script)
    data = source("data", "odd.manifest", S3DataType="ManifestFile")
    request["ProcessingInputs"][1] = data
    core.call("CreateProcessingJob", request)
    assert ended(core)["ProcessingJobStatus"] == "Completed"
    assert core.processing_log("job").read_text() == "['a b#?é.csv']\n"


FAILING = """
import pathlib, sys
processing = pathlib.Path(sys.argv[1])
(processing / "output" / "half.txt").write_text("half")
(processing.parent / "output" / "message").write_bytes({message})
sys.exit(7)
"""


@pytest.mark.parametrize(
    ("mode", "kept"), [("EndOfJob", {}), ("Continuous", {"half.txt": b"half"})]
)
def test_a_failed_job_tells_its_message(
    core: LocalSageMaker, processing: Build, s3: Any, mode: str, kept: dict[str, bytes]
) -> None:
    script = FAILING.format(message="('é' * 1000).encode()")
    core.call("CreateProcessingJob", processing(script, mode=mode))
    job = ended(core)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert job["ExitMessage"] == "é" * 512
    assert results(job, s3) == kept


def test_a_message_that_is_no_text(core: LocalSageMaker, processing: Build) -> None:
    core.call("CreateProcessingJob", processing(FAILING.format(message="bytes([255])")))
    job = ended(core)
    assert job["FailureReason"].startswith("ClientError: ")
    assert "ExitMessage" not in job


def test_continuous_outputs_are_there_before_the_end(
    core: LocalSageMaker, processing: Build, s3: Any
) -> None:
    script = (
        "import pathlib, sys, time\n"
        "out = pathlib.Path(sys.argv[1]) / 'output'\n"
        "(out / 'first.txt').write_text('1')\n"
        "time.sleep(60)\n"
    )
    core.call("CreateProcessingJob", processing(script, mode="Continuous"))
    wait_for(lambda: results(described(core), s3) == {"first.txt": b"1"})
    assert described(core)["ProcessingJobStatus"] == "InProgress"
    core.call("StopProcessingJob", {"ProcessingJobName": "job"})
    assert described(core)["ProcessingJobStatus"] in {"Stopping", "Stopped"}
    assert ended(core)["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ApiError, match="the processing job is in status Stopped"):
        core.call("StopProcessingJob", {"ProcessingJobName": "job"})


def test_a_job_over_its_time_is_stopped(core: LocalSageMaker, processing: Build, s3: Any) -> None:
    script = "import time\ntime.sleep(60)\n"
    limit = {"MaxRuntimeInSeconds": 1}
    core.call("CreateProcessingJob", processing(script, StoppingCondition=limit))
    job = ended(core)
    assert job["ProcessingJobStatus"] == "Stopped"
    assert results(job, s3) == {}


def test_input_that_cannot_be_read_fails_the_job(core: LocalSageMaker, processing: Build) -> None:
    request = processing("pass")
    request["ProcessingInputs"][1] = source("data", "none.manifest", S3DataType="ManifestFile")
    core.call("CreateProcessingJob", request)
    reason = ended(core)["FailureReason"]
    assert reason.startswith("ClientError: Failed to download data. NoSuchKey")


def test_what_is_refused(core: LocalSageMaker, processing: Build) -> None:
    core.call("CreateProcessingJob", processing("pass"))
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/job"
    with pytest.raises(ApiError) as caught:
        core.call("CreateProcessingJob", processing("pass"))
    assert caught.value.code == "ResourceInUse"
    assert caught.value.message == (
        "Job name must be unique within an AWS account and region, and a job with this name "
        f"already exists ({arn})"
    )
    with pytest.raises(ApiError, match=f"Could not assume role {NO_ROLE}"):
        core.call("CreateProcessingJob", processing("pass", "other", RoleArn=NO_ROLE))
    outside = processing("pass", "outside")
    outside["ProcessingInputs"][0]["S3Input"]["LocalPath"] = "/opt/ml/processing/../../etc"
    with pytest.raises(ApiError, match="LocalPath"):
        core.call("CreateProcessingJob", outside)
    with pytest.raises(ApiError, match="Could not find requested job with name: none"):
        described(core, "none")
    ended(core)


def test_listing(core: LocalSageMaker, processing: Build) -> None:
    for number in range(3):
        core.call("CreateProcessingJob", processing("raise SystemExit(1)", f"Job-{number}"))
        ended(core, f"Job-{number}")
    first = core.call("ListProcessingJobs", {"SortBy": "Name", "MaxResults": 2})
    rest = core.call(
        "ListProcessingJobs",
        {"SortBy": "Name", "MaxResults": 2, "NextToken": first["NextToken"]},
    )
    found = first["ProcessingJobSummaries"] + rest["ProcessingJobSummaries"]
    assert [job["ProcessingJobName"] for job in found] == ["Job-0", "Job-1", "Job-2"]
    assert found[0]["FailureReason"].startswith("AlgorithmError")
    assert core.call("ListProcessingJobs", {"StatusEquals": "InProgress"}) == {
        "ProcessingJobSummaries": []
    }


def test_faults(make: Any, processing: Build) -> None:
    plan = FaultPlan(
        calls=[CallFault("CreateProcessingJob", "ResourceLimitExceeded", "quota 0", nth=(1,))],
        resources=[
            ResourceFault("processing-job", "bad", "Failed", "CapacityError: none"),
            ResourceFault("processing-job", "hangs", "stuck"),
        ],
    )
    core = make(faults=plan)
    with pytest.raises(ApiError, match="quota 0"):
        core.call("CreateProcessingJob", processing("pass", "bad"))
    core.call("CreateProcessingJob", processing("pass", "bad"))
    assert ended(core, "bad")["FailureReason"] == "CapacityError: none"
    core.call("CreateProcessingJob", processing("pass", "hangs"))
    assert described(core, "hangs")["ProcessingJobStatus"] == "InProgress"
    core.call("StopProcessingJob", {"ProcessingJobName": "hangs"})
    assert ended(core, "hangs")["ProcessingJobStatus"] == "Stopped"


def test_boto3s_waiter(server: Server, processing: Build) -> None:
    sagemaker = client(server)
    sagemaker.create_processing_job(**processing("pass"))
    waiter = sagemaker.get_waiter("processing_job_completed_or_stopped")
    waiter.wait(ProcessingJobName="job", WaiterConfig=AT_ONCE)
    job = sagemaker.describe_processing_job(ProcessingJobName="job")
    assert job["ProcessingJobStatus"] == "Completed"


RESOURCE = "arn:aws:states:::sagemaker:createProcessingJob.sync"


def test_step_functions_waits_for_the_end(core: LocalSageMaker, processing: Build) -> None:
    done = run_task(core, RESOURCE, processing("pass"), lambda: True)
    assert done["ProcessingJobStatus"] == "Completed"
    assert isinstance(done["ProcessingEndTime"], int)
    with pytest.raises(TaskError) as caught:
        run_task(core, RESOURCE, processing("raise SystemExit(1)", "bad"), lambda: True)
    assert caught.value.error == "States.TaskFailed"
    assert json.loads(caught.value.cause)["FailureReason"].startswith("AlgorithmError")


def test_a_stopped_execution_stops_its_job(core: LocalSageMaker, processing: Build) -> None:
    request = processing("import time\ntime.sleep(60)\n")
    with pytest.raises(TaskError):
        run_task(core, RESOURCE, request, lambda: False)
    assert ended(core)["ProcessingJobStatus"] == "Stopped"


def test_what_ended_before_is_asked_to_stop_too(core: LocalSageMaker, processing: Build) -> None:
    """Else whether the right to stop is needed would depend on who is quicker."""
    run_task(core, RESOURCE, processing("pass"), lambda: True)
    with pytest.raises(TaskError):
        run_task(core, RESOURCE, processing("pass"), lambda: False, resumed=True)
