"""Applications: states, what is refused, one for each client token."""

import pytest

from localemr import LocalEmrServerless
from localsagemaker.errors import ApiError
from tests.localemr.conftest import NO_ROLE, Make, application, ended, started


def _state(core: LocalEmrServerless, identifier: str) -> str:
    found: str = core.call("GetApplication", {"applicationId": identifier})["application"]["state"]
    return found


def test_an_application_lives_from_created_to_deleted(make: Make) -> None:
    core = make()
    identifier = application(core, tags={"project": "molino"})
    assert application(core) == identifier  # the same token
    named = {"applicationId": identifier}
    found = core.call("GetApplication", named)["application"]
    assert (found["state"], found["type"], found["tags"]) == (
        "CREATED",
        "Spark",
        {"project": "molino"},
    )
    assert found["autoStartConfiguration"] == {"enabled": True}
    core.call("StartApplication", named)
    with pytest.raises(ApiError, match="STOPPED"):
        core.call("DeleteApplication", named)
    with pytest.raises(ApiError, match="STOPPED"):
        core.call("UpdateApplication", named | {"clientToken": "b"})
    core.call("StopApplication", named)
    assert [each["id"] for each in core.call("ListApplications", {})["applications"]] == [
        identifier
    ]
    core.call("DeleteApplication", named)
    with pytest.raises(ApiError, match="does not exist"):
        core.call("GetApplication", named)
    assert core.tagged() == []


def test_an_idle_application_stops_by_itself(make: Make) -> None:
    core = make(minute_seconds=0.0)
    identifier = application(core, autoStopConfiguration={"idleTimeoutMinutes": 1})
    core.call("StartApplication", {"applicationId": identifier})
    assert _state(core, identifier) == "STOPPED"


STUCK = {"resources": [{"resource": "job-run", "name": "count", "outcome": "stuck"}]}


def test_a_job_run_keeps_its_application_busy(make: Make) -> None:
    core = make(STUCK, minute_seconds=0.0)
    identifier = application(core)
    named = started(core, identifier)
    assert _state(core, identifier) == "STARTED"
    with pytest.raises(ApiError, match="active job runs"):
        core.call("StopApplication", {"applicationId": identifier})
    core.call("CancelJobRun", named)
    assert ended(core, named)["state"] == "CANCELLED"


def test_what_is_refused(make: Make) -> None:
    core = make()
    with pytest.raises(ApiError, match="not supported"):
        application(core, type="PRESTO")
    held = application(core, autoStartConfiguration={"enabled": False})
    with pytest.raises(ApiError, match="is not started"):
        started(core, held)
    with pytest.raises(ApiError, match="cannot be assumed"):
        started(core, held, executionRoleArn=NO_ROLE)
    with pytest.raises(ApiError, match="sparkSubmit"):
        started(core, held, jobDriver={"hive": {"query": "s3://b/q"}})
    for words in ("--what 1", "--conf spark.executor.memory=much"):
        driver = {"entryPoint": "s3://b/job.py", "sparkSubmitParameters": words}
        with pytest.raises(ApiError):
            started(core, held, jobDriver={"sparkSubmit": driver})
    with pytest.raises(ApiError) as unbuilt:
        started(core, held, mode="STREAMING")
    assert (unbuilt.value.code, unbuilt.value.status) == ("NotImplemented", 501)
    with pytest.raises(ApiError, match="applicationId"):
        core.call("StartJobRun", {})
