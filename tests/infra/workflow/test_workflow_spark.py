"""An upload beyond one machine: its Spark job, as started, awaited, paid for and given up."""

import json
from typing import Any

import pytest

from lambdas.report.failures import explain
from localcloud.spark_tasks import renamed
from tests.contracts import HANDED_OVER_TO_SPARK, PREPARED
from tests.infra.service_model import problems
from tests.infra.workflow.definition import CONTEXT, WITH_SPARK, deployed
from tests.infra.workflow.machine_run import Answer, Run, run_machine
from tests.infra.workflow.test_workflow_runs import ANSWERS, in_turn

NAME = f"{PREPARED['resource_name']}-0-0"
BILLED = {"VCPUHour": 1.5, "MemoryGBHour": 6.0, "StorageGBHour": 0.0}


def job_run(state: str, details: str = "") -> dict[str, Any]:
    found = {"State": state, "StateDetails": details, "JobRunId": "00f1"}
    if state in ("SUCCESS", "FAILED", "CANCELLED"):
        found |= {"BilledResourceUtilization": BILLED, "TotalExecutionDurationSeconds": 320}
    return {"JobRun": found}


def run(monkeypatch: pytest.MonkeyPatch, redrives: int = 0, **changes: Answer) -> Run:
    answers = ANSWERS | {
        "Preprocess upload": lambda _: {"Payload": HANDED_OVER_TO_SPARK},
        "Start Spark job": lambda _: {"JobRunId": "00f1"},
        "Describe Spark job": in_turn(job_run("RUNNING"), job_run("SUCCESS")),
        "Read processing result": lambda _: {"Payload": PREPARED},
    }
    return run_machine(monkeypatch, deployed(WITH_SPARK), answers | changes, redrives)


def test_its_result_is_read_and_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch)
    assert done.status == "SUCCEEDED"
    assert done.states()[1:7] == [
        "Preprocess upload",
        "Start Spark job",
        "Describe Spark job",
        "Describe Spark job",
        "Read processing result",
        "Find champion",
    ]
    asked = done.last("Start Spark job")
    assert problems("emr-serverless", "StartJobRun", renamed("StartJobRun", asked, str.lower)) == []
    assert asked["Name"] == asked["ClientToken"] == NAME
    spark_submit = asked["JobDriver"]["SparkSubmit"]
    assert spark_submit["EntryPointArguments"][1] == HANDED_OVER_TO_SPARK["spark"]["order_uri"]
    words = spark_submit["SparkSubmitParameters"].split(" ")
    assert words[::2] == ["--conf"] * (len(words) // 2)
    given = HANDED_OVER_TO_SPARK["spark"]["properties"]
    assert {f"{name}={value}" for name, value in given.items()} <= set(words[1::2])
    assert asked["ExecutionTimeoutMinutes"] == 90
    assert asked["Tags"]["molino:execution"] == CONTEXT["Execution"]["Name"]
    report = done.last("Write report")["Payload"]
    assert report["spark"] == [
        {
            "job_name": NAME,
            "state": "SUCCESS",
            "seconds": 320,
            "vcpu_hours": 1.5,
            "memory_gb_hours": 6.0,
            "storage_gb_hours": 0.0,
        }
    ]
    assert done.last("Delete endpoint and jobs")["Payload"]["spark_job_name"] == NAME


@pytest.mark.parametrize(
    ("state", "code"), [("FAILED", "SparkFailed"), ("CANCELLED", "SparkStopped")]
)
def test_a_failure_is_told_without_what_the_driver_has_written(
    monkeypatch: pytest.MonkeyPatch, state: str, code: str
) -> None:
    done = run(monkeypatch, describe_spark_job=lambda _: job_run(state, "secret-cell"))
    assert done.status == "FAILED"
    assert done.last("Delete endpoint and jobs")["Payload"]["spark_job_name"] == NAME
    report = done.last("Write report")["Payload"]
    assert report["spark"][0]["vcpu_hours"] == BILLED["VCPUHour"]
    assert "secret-cell" not in json.dumps(report)
    assert explain(report["failure"]).code == code


def test_it_waits_for_capacity_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    full = job_run("FAILED", "ApplicationMaxCapacityExceededException: maximumCapacity")
    done = run(monkeypatch, describe_spark_job=in_turn(full, job_run("SUCCESS")))
    assert done.status == "SUCCEEDED"
    assert done.last("Start Spark job")["Name"] == f"{PREPARED['resource_name']}-0-1"
    assert WITH_SPARK.capacity_wait_seconds in done.waits
    assert len(done.last("Write report")["Payload"]["spark"]) == 2

    done = run(monkeypatch, describe_spark_job=lambda _: full)
    assert done.states().count("Start Spark job") == WITH_SPARK.capacity_attempts
    assert explain(done.last("Write report")["Payload"]["failure"]).code == "SparkUnavailable"


def test_one_that_never_ends_is_given_up_and_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, describe_spark_job=lambda _: job_run("RUNNING"))
    assert done.status == "FAILED"
    assert sum(done.waits) >= WITH_SPARK.spark_max_runtime_minutes * 60
    assert done.last("Delete endpoint and jobs")["Payload"]["spark_job_name"] == NAME


def test_a_redrive_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    states = in_turn(job_run("FAILED"), job_run("SUCCESS"))
    done = run(monkeypatch, redrives=1, describe_spark_job=states)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert done.last("Start Spark job")["Name"] == f"{PREPARED['resource_name']}-1-1"


def test_a_stack_without_spark_has_none_of_its_states() -> None:
    machine = json.dumps(deployed())
    assert "spark job" not in machine.lower()
    assert "emrserverless" not in machine
    assert "Has the Spark job ended?" in deployed(WITH_SPARK)["States"]
