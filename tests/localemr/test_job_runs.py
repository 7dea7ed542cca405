"""Job runs: what goes wrong on purpose, what is billed, what the wire carries."""

import json
from typing import Any

import pytest

from localemr.http import handle, request_of
from localemr.submission import Submission
from localemr.workers import Workers, usage, workers_of
from localsagemaker.errors import ApiError
from tests.localemr.conftest import ROLE, Make, application, ended, needs_spark, reached, started


def _fault(outcome: str, **given: Any) -> dict[str, Any]:
    fault = {"resource": "job-run", "name": "count", "outcome": outcome, **given}
    return {"resources": [fault]}


@pytest.mark.parametrize(
    ("faults", "state", "details"),
    [
        (_fault("Failed", reason="Job failed, the driver was killed"), "FAILED", "was killed"),
        (_fault("Stopped"), "CANCELLED", ""),
    ],
)
def test_faults_end_a_job_run(make: Make, faults: dict[str, Any], state: str, details: str) -> None:
    core = make(faults)
    run = ended(core, started(core, application(core)))
    assert run["state"] == state
    assert details in run["stateDetails"]


def test_a_call_that_is_throttled_starts_nothing(make: Make) -> None:
    core = make({"calls": [{"operation": "StartJobRun", "code": "ThrottlingException"}]})
    identifier = application(core)
    with pytest.raises(ApiError, match="Throttling"):
        started(core, identifier)
    assert core.call("ListJobRuns", {"applicationId": identifier}) == {"jobRuns": []}


def test_more_than_the_capacity_fails_before_it_begins(make: Make) -> None:
    core = make()
    maximum = {"cpu": "4 vCPU", "memory": "64 GB"}
    run = ended(core, started(core, application(core, maximumCapacity=maximum)))
    assert run["state"] == "FAILED"
    assert "ApplicationMaxCapacityExceededException" in run["stateDetails"]
    assert "cpu: 4 vCPU" in run["stateDetails"]
    assert "billedResourceUtilization" not in run


def test_the_same_token_starts_one_and_an_ended_one_is_not_cancelled(make: Make) -> None:
    core = make(_fault("stuck"))
    identifier = application(core)
    named = started(core, identifier)
    assert started(core, identifier) == named
    core.call("CancelJobRun", named)
    ended(core, named)
    with pytest.raises(ApiError, match="terminal state"):
        core.call("CancelJobRun", named)
    listed = core.call("ListJobRuns", {"applicationId": identifier, "states": ["CANCELLED"]})
    assert [each["id"] for each in listed["jobRuns"]] == [named["jobRunId"]]
    with pytest.raises(ApiError, match="does not exist"):
        core.call("GetJobRun", named | {"jobRunId": "00abc"})


def test_a_job_run_of_a_service_that_died_has_failed(make: Make) -> None:
    core = make(_fault("stuck"))
    named = started(core, application(core))
    core.recover()
    assert core.call("GetJobRun", named)["jobRun"]["state"] == "FAILED"


def test_a_minute_is_billed_at_least_and_disks_beyond_20_gb() -> None:
    workers = Workers(1, 4, 16, 20), Workers(2, 4, 16, 100)
    found = usage(workers, 5.2)
    assert found["totalExecutionDurationSeconds"] == 6
    assert found["billedResourceUtilization"] == {
        "vCPUHour": 0.2,
        "memoryGBHour": 0.8,
        "storageGBHour": round(2 * 80 / 60, 3),
    }
    assert found["totalResourceUtilization"]["vCPUHour"] == 0.02


def test_workers_are_as_sparks_properties_say() -> None:
    driver, executors = workers_of(
        {
            "spark.driver.cores": "2",
            "spark.executor.instances": "5",
            "spark.executor.memory": "30g",
            "spark.emr-serverless.executor.disk": "200G",
        }
    )
    assert (driver.cores, driver.memory_gb) == (2, 16)  # 14 GB and a tenth
    assert executors == Workers(5, 4, 33, 200)


def test_a_request_is_read_as_spark_submit_reads_it() -> None:
    parameters = "--conf spark.a=b=c --py-files s3://b/x.zip --conf 'spark.d=e f'"
    driver = {"entryPoint": "s3://b/job.py", "sparkSubmitParameters": parameters}
    defaults = {"classification": "spark-defaults", "properties": {"spark.a": "0", "spark.g": "1"}}
    found = Submission.of(
        {
            "jobDriver": {"sparkSubmit": driver},
            "configurationOverrides": {"applicationConfiguration": [defaults]},
        }
    )
    assert found.properties == {
        "spark.a": "b=c",
        "spark.d": "e f",
        "spark.g": "1",
        "spark.submit.pyFiles": "s3://b/x.zip",
    }


def test_the_wire(make: Make) -> None:
    core = make(_fault("stuck"))
    path = f"/applications/{application(core)}/jobruns"
    body = {
        "clientToken": "x",
        "executionRoleArn": ROLE,
        "jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/job.py"}},
        "name": "count",
    }
    status, _, answer = handle(core, "POST", path, {}, json.dumps(body).encode())
    run = json.loads(answer)["jobRunId"]
    assert status == 200
    status, _, answer = handle(core, "GET", path, {"states": ["SUBMITTED"], "maxResults": "5"}, b"")
    assert [each["id"] for each in json.loads(answer)["jobRuns"]] == [run]
    status, headers, answer = handle(core, "GET", f"{path}/00none", {}, b"")
    assert (status, headers["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException")
    assert handle(core, "PUT", path, {}, b"")[0] == 404
    assert handle(core, "POST", path, {}, b"[")[0] == 400
    assert handle(core, "DELETE", f"{path}/{run}", {}, b"")[0] == 200


JOB = """
import os, sys
from pyspark.sql import SparkSession
import helper
spark = SparkSession.builder.getOrCreate()
rows = int(sys.argv[2])
assert os.environ["MODE"] == "shown" and os.path.exists("data/here.txt")
print("counted", helper.twice(spark.range(rows).count()), flush=True)
if rows == 0:
    raise ValueError("nothing to count")
while rows == 1:
    pass
"""


@pytest.fixture(scope="module")
def job(s3: Any) -> dict[str, Any]:
    """Return a job driver that counts, with a module and an archive."""
    import io
    import zipfile

    def zipped(name: str, text: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr(name, text)
        return buffer.getvalue()

    bucket = "data-bucket"
    s3.put_object(Bucket=bucket, Key="job.py", Body=JOB.encode())
    helper = zipped("helper.py", "def twice(x): return 2 * x\n")
    s3.put_object(Bucket=bucket, Key="helper.zip", Body=helper)
    s3.put_object(Bucket=bucket, Key="data.zip", Body=zipped("here.txt", "x"))
    parameters = (
        f"--py-files s3://{bucket}/helper.zip --conf spark.archives=s3://{bucket}/data.zip#data "
        "--conf spark.emr-serverless.driverEnv.MODE=shown --conf spark.ui.enabled=false "
        "--conf spark.executor.instances=1 "
        "--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON=/usr/bin/python3.11"
    )
    return {"entryPoint": f"s3://{bucket}/job.py", "sparkSubmitParameters": parameters}


@needs_spark
def test_a_driver_runs_and_is_billed(make: Make, job: dict[str, Any]) -> None:
    core = make()
    driver = job | {"entryPointArguments": ["--rows", "5"]}
    named = started(core, application(core), jobDriver={"sparkSubmit": driver})
    run = ended(core, named)
    log = core.driver_log(named["jobRunId"]).read_text()
    assert run["state"] == "SUCCESS", log
    assert "counted 10" in log
    assert run["billedResourceUtilization"]["vCPUHour"] >= round(8 / 60, 3)
    assert run["startedAt"] <= run["endedAt"]


@needs_spark
def test_a_driver_that_raises_has_failed(make: Make, job: dict[str, Any]) -> None:
    core = make()
    driver = job | {"entryPointArguments": ["--rows", "0"]}
    run = ended(core, started(core, application(core), jobDriver={"sparkSubmit": driver}))
    assert run["state"] == "FAILED"
    assert "ExitCode: 1" in run["stateDetails"]
    assert "nothing to count" in run["stateDetails"]  # as on AWS: who passes it on must know


@needs_spark
@pytest.mark.parametrize("minutes", [None, 1])
def test_a_driver_is_cancelled_or_over_its_time(
    make: Make, job: dict[str, Any], minutes: int | None
) -> None:
    core = make(minute_seconds=0.5 if minutes else 60.0)
    driver = job | {"entryPointArguments": ["--rows", "1"]}
    given: dict[str, Any] = {"executionTimeoutMinutes": minutes} if minutes else {}
    named = started(core, application(core), jobDriver={"sparkSubmit": driver}, **given)
    reached(core, named, "RUNNING", "CANCELLING", "CANCELLED")
    if not minutes:
        core.call("CancelJobRun", named)
    assert ended(core, named)["state"] == "CANCELLED"


def test_a_job_runs_tags_are_listed_by_its_arn(make: Make) -> None:
    core = make(_fault("stuck"))
    named = started(core, application(core), tags={"molino:stack": "Molino"})
    arn = core.call("GetJobRun", named)["jobRun"]["arn"]
    operation, parameters = request_of("GET", f"/tags/{arn}", {}, b"")
    assert core.call(operation, parameters) == {"tags": {"molino:stack": "Molino"}}
    with pytest.raises(ApiError, match="does not exist"):
        core.call(operation, {"resourceArn": f"{arn}x"})
