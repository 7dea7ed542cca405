"""Faults on purpose, as tests of what meets them need them."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from localsagemaker import ApiError, FaultPlan
from localsagemaker.faults import CallFault, ResourceFault
from tests.localsagemaker.conftest import BUCKET, finished, settled, wait_for

Build = Callable[..., dict[str, Any]]
CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a "
    "different ML instance type."
)


def test_the_nth_call_is_refused(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(
        json.dumps(
            {"calls": [{"operation": "ListModels", "code": "ThrottlingException", "nth": [2]}]}
        )
    )
    core = make(faults=FaultPlan.from_file(path))
    core.call("ListModels", {})
    with pytest.raises(ApiError) as caught:
        core.call("ListModels", {})
    assert (caught.value.code, caught.value.message) == ("ThrottlingException", "Rate exceeded")
    core.call("ListModels", {})


def test_a_quota_of_zero_leaves_no_job(make: Any, job_request: Build) -> None:
    message = (
        "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, with "
        "current utilization of 0 Instances and a request delta of 1 Instances. Please contact AWS "
        "support to request an increase for this limit."
    )
    fault = CallFault("CreateTrainingJob", "ResourceLimitExceeded", message)
    core = make(faults=FaultPlan(calls=[fault]))
    for _ in range(2):
        with pytest.raises(ApiError) as caught:
            core.call("CreateTrainingJob", job_request("pass"))
        assert caught.value.message == message
    assert core.call("ListTrainingJobs", {})["TrainingJobSummaries"] == []


def test_jobs_that_fail_stop_or_hang(make: Any, job_request: Build) -> None:
    plan = FaultPlan(
        resources=[
            ResourceFault("training-job", "short-*", "Failed", CAPACITY, nth=(1,)),
            ResourceFault("training-job", "halted", "Stopped"),
            ResourceFault("training-job", "hangs", "stuck"),
        ]
    )
    core = make(faults=plan)
    for name in ("short-1", "short-2", "halted", "hangs"):
        core.call("CreateTrainingJob", job_request("print('ran')", name))
    assert finished(core, "short-1")["FailureReason"] == CAPACITY
    assert finished(core, "short-2")["TrainingJobStatus"] == "Completed"
    assert finished(core, "halted")["SecondaryStatus"] == "Stopped"
    assert not core.training_log("short-1").exists()
    assert core.training_log("short-2").read_text() == "ran\n"
    hanging = core.call("DescribeTrainingJob", {"TrainingJobName": "hangs"})
    assert (hanging["TrainingJobStatus"], hanging["SecondaryStatus"]) == ("InProgress", "Starting")
    core.call("StopTrainingJob", {"TrainingJobName": "hangs"})
    assert finished(core, "hangs")["TrainingJobStatus"] == "Stopped"


def test_endpoints_that_fail_or_hang(make: Any, deploy: Callable[..., Any]) -> None:
    plan = FaultPlan(
        resources=[
            ResourceFault("endpoint", "bad", "Failed", "no capacity"),
            ResourceFault("endpoint", "hangs", "stuck"),
        ]
    )
    core = make(faults=plan)
    deploy(core, "", "bad")
    deploy(core, "", "hangs")
    assert settled(core, "bad")["FailureReason"] == "no capacity"
    core.call("DeleteEndpoint", {"EndpointName": "bad"})
    hanging = core.call("DescribeEndpoint", {"EndpointName": "hangs"})
    assert hanging["EndpointStatus"] == "Creating"
    with pytest.raises(ApiError, match="Cannot update in-progress endpoint"):
        core.call("DeleteEndpoint", {"EndpointName": "hangs"})


def test_only_calls_about_a_name_are_refused_and_only_in_their_time(make: Any) -> None:
    plan = FaultPlan(
        calls=[
            CallFault("DescribeTrainingJob", "ThrottlingException", name="bad-*"),
            CallFault("ListModels", "ThrottlingException", to_second=0.3),
        ]
    )
    core = make(faults=plan)
    with pytest.raises(ApiError, match="Rate exceeded"):
        core.call("DescribeTrainingJob", {"TrainingJobName": "bad-1"})
    with pytest.raises(ApiError, match="Requested resource not found"):
        core.call("DescribeTrainingJob", {"TrainingJobName": "good-1"})
    with pytest.raises(ApiError, match="Rate exceeded"):
        core.call("ListModels", {})
    time.sleep(0.3)
    core.call("ListModels", {})


def test_each_fault_counts_what_it_fits() -> None:
    every_second = FaultPlan(
        resources=[
            ResourceFault("endpoint", "*", "Failed", nth=(2,)),
            ResourceFault("endpoint", "a*", "stuck"),
        ]
    )
    met = [every_second.for_resource("endpoint", name) for name in ("a1", "a2", "b3")]
    assert [fault and fault.outcome for fault in met] == ["stuck", "Failed", None]


def test_what_is_stuck_for_a_while_goes_on(
    make: Any, job_request: Build, deploy: Callable[..., Any]
) -> None:
    plan = FaultPlan(
        resources=[
            ResourceFault("training-job", "*", "stuck", seconds=0.3),
            ResourceFault("endpoint", "*", "Failed", "no capacity", seconds=0.3),
        ]
    )
    core = make(faults=plan)
    core.call("CreateTrainingJob", job_request("print('ran')"))
    deploy(core, "")
    time.sleep(0.1)
    job = core.call("DescribeTrainingJob", {"TrainingJobName": "job"})
    assert job["SecondaryStatus"] == "Starting"
    endpoint = core.call("DescribeEndpoint", {"EndpointName": "endpoint"})
    assert endpoint["EndpointStatus"] == "Creating"
    assert finished(core)["TrainingJobStatus"] == "Completed"
    assert settled(core)["FailureReason"] == "no capacity"


def test_a_stuck_endpoint_comes_up_once_it_has_been_looked_for_often_enough(
    make: Any, deploy: Callable[..., Any]
) -> None:
    core = make(faults=FaultPlan(resources=[ResourceFault("endpoint", "*", "stuck", looks=3)]))
    deploy(core, "")
    for _ in range(2):
        core.call("DescribeEndpoint", {"EndpointName": "endpoint"})
    time.sleep(0.3)
    assert core.call("ListEndpoints", {"StatusEquals": "Creating"})["Endpoints"]
    assert settled(core)["EndpointStatus"] != "Creating"  # by its looks
    with pytest.raises(ValidationError, match="only a stuck endpoint"):
        FaultPlan.of(
            {"resources": [{"resource": "endpoint", "name": "*", "outcome": "Failed", "looks": 1}]}
        )


ROUNDS = """
import os, pathlib, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
before = sorted(path.name for path in (base / "checkpoints").iterdir())
print("before:", before, (base / "own").exists())
(base / "own").touch()
(base / "checkpoints" / f"round-{len(before)}").write_text("state")
time.sleep(0 if before else 60)
"""


@pytest.fixture
def spot(job_request: Build, request: pytest.FixtureRequest) -> dict[str, Any]:
    return job_request(
        ROUNDS,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 30, "MaxWaitTimeInSeconds": 60},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/{request.node.name}/checkpoints"},
    )


def interrupted(**fields: Any) -> FaultPlan:
    fault = {"resource": "training-job", "name": "job", "outcome": "Interrupted", "seconds": 2}
    return FaultPlan.of({"resources": [fault | fields]})


def test_a_spot_job_goes_on_from_its_checkpoints(make: Any, spot: dict[str, Any]) -> None:
    core = make(faults=interrupted(away_seconds=2))
    core.call("CreateTrainingJob", spot)
    job = finished(core)
    assert [entry["Status"] for entry in job["SecondaryStatusTransitions"]] == [
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    lines = core.training_log("job").read_text().splitlines()
    assert lines == ["before: [] False", "before: ['round-0'] False"]
    assert job["TrainingTimeInSeconds"] - job["BillableTimeInSeconds"] == 2


@pytest.mark.parametrize("away", [None, 90])
def test_a_spot_job_waits_no_longer_than_allowed(
    make: Any, spot: dict[str, Any], away: int | None
) -> None:
    core = make(faults=interrupted(away_seconds=away))
    core.call("CreateTrainingJob", spot)
    job = finished(core)
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxWaitTimeExceeded"


def test_a_job_between_two_machines_can_be_stopped(make: Any, spot: dict[str, Any]) -> None:
    core = make(faults=interrupted(away_seconds=30))
    core.call("CreateTrainingJob", spot)

    def waits() -> bool:
        job = core.call("DescribeTrainingJob", {"TrainingJobName": "job"})
        return bool(job["SecondaryStatus"] == "Interrupted")

    wait_for(waits)
    core.call("StopTrainingJob", {"TrainingJobName": "job"})
    assert finished(core)["SecondaryStatus"] == "Stopped"


def test_a_job_on_demand_keeps_its_machine(make: Any, job_request: Build) -> None:
    core = make(faults=interrupted(seconds=0))
    core.call("CreateTrainingJob", job_request("import time; time.sleep(0.2)"))
    assert finished(core)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    "entry",
    [
        {"resource": "endpoint", "name": "*", "outcome": "Interrupted"},
        {"resource": "endpoint", "name": "*", "outcome": "Stopped"},
        {"resource": "training-job", "name": "*", "outcome": "failed"},
    ],
)
def test_what_cannot_happen_is_refused(entry: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FaultPlan.of({"resources": [entry]})


def test_a_plan_with_a_misspelt_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"calls": [{"operaton": "ListModels", "code": "x"}]}')
    with pytest.raises(ValidationError, match="operaton"):
        FaultPlan.from_file(path)
