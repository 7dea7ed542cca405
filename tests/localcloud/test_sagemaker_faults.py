"""Faults on purpose, as tests of what meets them need them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker import ApiError, FaultPlan
from localcloud.sagemaker.faults import CallFault, ResourceFault
from tests.localcloud.conftest import finished, settled

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
            ResourceFault("training-job", "short-*", "Failed", CAPACITY, times=1),
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


def test_a_plan_with_a_misspelt_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('{"calls": [{"operaton": "ListModels", "code": "x"}]}')
    with pytest.raises(TypeError, match="operaton"):
        FaultPlan.from_file(path)
