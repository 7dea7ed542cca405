"""Executions of the definition: the way through, and every way out."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.settings import Settings
from lambdas.report.failures import explain
from tests.infra.definition import CONTEXT, HANDED_OVER, PREPARED, deployed
from tests.infra.machine_run import Answer, Run, TaskError, run_machine

MODEL = "s3://molino-bucket/models/d/e/job/output/model.tar.gz"
RUN = Callable[..., Run]


def _trained(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "TrainingJobName": arguments["TrainingJobName"],
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "BillableTimeInSeconds": 61,
        "ModelArtifacts": {"S3ModelArtifacts": MODEL},
        "ResourceConfig": arguments["ResourceConfig"],
        "TrainingStartTime": 1_795_000_000_000,
        "TrainingEndTime": 1_795_000_061_000,
    }


def _reported(arguments: dict[str, Any]) -> dict[str, Any]:
    failure = arguments["Payload"]["failure"]
    status = "FAILED" if failure else "SUCCEEDED"
    error = failure["Error"] if failure else None
    report = {
        "status": status,
        "error": error,
        "subject": status,
        "message": "told",
        "cost_usd": 0.1,
    }
    return {"Payload": report}


def _concluded(arguments: dict[str, Any]) -> dict[str, Any]:
    payload = arguments["Payload"]
    if not payload["redriven"]:
        raise TaskError(payload["error"], payload["message"])
    return {"Payload": {"redriven": True}}


EVALUATED = {"is_complete": True, "metrics": {"accuracy": 0.97}}
DECISION = {
    "verdict": "promote",
    "asks": False,
    "promoted": True,
    "rule": "first",
    "reason": "it is the first",
    "package_arn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/g/1",
    "version": 1,
    "decision_uri": "s3://molino-bucket/reports/d/e/decision.json",
}
ANSWERS: dict[str, Answer] = {
    "Admit": lambda _: {"Payload": {"verdict": "GO", "ahead": 0, "wait_seconds": 0}},
    "Preprocess": lambda _: {"Payload": PREPARED},
    "Train": _trained,
    "FindChampion": lambda _: {"Payload": {"champion": None}},
    "CreateModel": lambda _: {"ModelArn": "arn"},
    "CreateEndpointConfig": lambda _: {"EndpointConfigArn": "arn"},
    "CreateEndpoint": lambda _: {"EndpointArn": "arn"},
    "DescribeEndpoint": lambda _: {"EndpointStatus": "InService"},
    "Evaluate": lambda _: {"Payload": EVALUATED},
    "Teardown": lambda _: {"Payload": {"deleted": ["all"], "remaining": []}},
    "Gate": lambda _: {"Payload": DECISION},
    "Report": _reported,
    "Notify": lambda _: {"MessageId": "m"},
    "Failed": _concluded,
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> RUN:
    def start(settings: Settings | None = None, redrives: int = 0, **changes: Answer) -> Run:
        return run_machine(monkeypatch, deployed(settings), ANSWERS | changes, redrives)

    return start


def failing(error: str, cause: str = "why") -> Answer:
    def fail(_: Any) -> Any:
        raise TaskError(error, cause)

    return fail


def in_turn(*answers: Any) -> Answer:
    """Give one answer after the other; exceptions are raised."""
    turns: Iterator[Any] = iter(answers)

    def answer(_: Any) -> Any:
        given = next(turns)
        if isinstance(given, Exception):
            raise given
        return given

    return answer


def test_the_way_through(run: RUN) -> None:
    done = run(
        DescribeEndpoint=in_turn({"EndpointStatus": "Creating"}, {"EndpointStatus": "InService"})
    )
    assert done.status == "SUCCEEDED"
    assert done.output["status"] == "SUCCEEDED"
    assert done.states() == [
        "Admit", "Preprocess", "Train", "FindChampion", "CreateModel", "CreateEndpointConfig",
        "CreateEndpoint", "DescribeEndpoint", "DescribeEndpoint", "Evaluate", "Teardown", "Gate",
        "Report", "Notify",
    ]  # fmt: skip
    preprocess = done.last("Preprocess")["Payload"]
    assert preprocess == CONTEXT["Execution"]["Input"] | {
        "execution_name": CONTEXT["Execution"]["Name"],
        "execution_arn": CONTEXT["Execution"]["Id"],
    }
    report = done.last("Report")["Payload"]
    name = PREPARED["resource_name"]
    assert report["training"] == {
        "job_name": f"{name}-0-0-0",
        "billable_seconds": 61,
        "status": "Completed",
        "secondary_status": "Completed",
        "model_uri": MODEL,
        "instance_type": "ml.m5.large",
        "start": "2026-11-18T11:06:40.000Z",
        "end": "2026-11-18T11:07:41.000Z",
    }
    assert report["failure"] is None
    assert report["preprocess"] == PREPARED
    assert report["evaluation"] == EVALUATED
    assert report["teardown"] == {"deleted": ["all"], "remaining": []}
    (endpoint,) = report["endpoints"]
    assert endpoint["name"] == f"{name}-0"
    assert endpoint["created"] <= endpoint["deleted"]
    assert report["decision"] == DECISION
    assert done.last("Teardown")["Payload"] == {
        "resource_name": name,
        "processing_job_name": None,
        "training_job_name": f"{name}-0-0-0",
        "endpoint_name": f"{name}-0",
        "endpoint_config_name": f"{name}-0",
        "model_name": f"{name}-0",
    }
    assert done.last("CreateModel")["PrimaryContainer"]["ModelDataUrl"] == MODEL


@pytest.mark.parametrize(
    "state",
    ["Preprocess", "Train", "FindChampion", "CreateModel", "CreateEndpointConfig", "CreateEndpoint",
     "DescribeEndpoint", "Evaluate"],
)  # fmt: skip
def test_whatever_fails_is_torn_down_reported_and_told(run: RUN, state: str) -> None:
    done = run(**{state: failing("SomeError", "its cause")})
    assert done.states()[-5:] == [state, "Teardown", "Report", "Notify", "Failed"]
    assert (done.status, done.error, done.cause) == ("FAILED", "SomeError", "told")
    assert done.last("Report")["Payload"]["failure"] == {"Error": "SomeError", "Cause": "its cause"}


def _processed(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "ProcessingJobName": arguments["ProcessingJobName"],
        "ProcessingResources": arguments["ProcessingResources"],
        "ProcessingStartTime": 1_795_000_000_000,
        "ProcessingEndTime": 1_795_000_061_000,
    }


LARGE: dict[str, Answer] = {
    "Preprocess": lambda _: {"Payload": HANDED_OVER},
    "PreprocessLarge": _processed,
    "TakeBack": lambda _: {"Payload": PREPARED},
}


def test_a_large_upload_goes_through_a_processing_job(run: RUN) -> None:
    done = run(**LARGE)
    assert done.status == "SUCCEEDED"
    assert done.states()[1:5] == ["Preprocess", "PreprocessLarge", "TakeBack", "Train"]
    job = f"{PREPARED['resource_name']}-0-0-0"
    assert done.last("PreprocessLarge")["ProcessingJobName"] == job
    assert done.last("TakeBack")["Payload"]["after_job"] is True
    report = done.last("Report")["Payload"]
    assert report["preprocess"] == PREPARED
    assert report["processing"] == {
        "job_name": job,
        "instance_type": "ml.m5.xlarge",
        "volume_size_gb": 30,
        "start": "2026-11-18T11:06:40.000Z",
        "end": "2026-11-18T11:07:41.000Z",
    }
    assert done.last("Teardown")["Payload"]["processing_job_name"] == job


@pytest.mark.parametrize("state", ["PreprocessLarge", "TakeBack"])
def test_a_large_uploads_failure_is_torn_down_and_told(run: RUN, state: str) -> None:
    done = run(**LARGE | {state: failing("SomeError", "its cause")})
    assert done.states()[-5:] == [state, "Teardown", "Report", "Notify", "Failed"]
    assert done.error == "SomeError"
    job = done.last("Teardown")["Payload"]["processing_job_name"]
    assert job == done.last("PreprocessLarge")["ProcessingJobName"]


def test_a_processing_job_without_capacity_is_tried_again(run: RUN) -> None:
    none = TaskError("States.TaskFailed", json.dumps({"FailureReason": "CapacityError: none"}))
    turns = iter([none])

    def process(arguments: dict[str, Any]) -> Any:
        for fault in turns:
            raise fault
        return _processed(arguments)

    done = run(**LARGE | {"PreprocessLarge": process})
    assert done.status == "SUCCEEDED"
    assert done.states()[2:5] == ["PreprocessLarge", "PreprocessLarge", "TakeBack"]


def test_an_execution_waits_for_its_turn(run: RUN) -> None:
    waiting = {"Payload": {"verdict": "WAIT", "ahead": 3, "wait_seconds": 60}}
    done = run(Admit=in_turn(waiting, waiting, ANSWERS["Admit"](None)))
    assert done.states()[:4] == ["Admit", "Admit", "Admit", "Preprocess"]
    assert done.status == "SUCCEEDED"
    assert done.last("Admit")["Payload"] == {
        "execution_name": CONTEXT["Execution"]["Name"],
        "state_machine_arn": "machine",
    }


def test_a_replaced_upload_is_told_and_costs_nothing(run: RUN) -> None:
    done = run(Admit=lambda _: {"Payload": {"verdict": "REPLACED", "ahead": 1, "wait_seconds": 0}})
    assert done.states() == ["Admit", "Notify"]
    assert done.status == "SUCCEEDED"
    assert done.last("Notify")["Subject"].isascii()
    assert "newer upload" in done.last("Notify")["Message"]


def test_before_preprocess_is_done_there_is_nothing_to_tear_down(run: RUN) -> None:
    done = run(Preprocess=failing("EmptyFile"))
    assert set(done.last("Teardown")["Payload"].values()) == {None}


def test_a_failed_job_is_torn_down_under_the_name_it_was_created_with(run: RUN) -> None:
    done = run(Train=failing("States.TaskFailed", json.dumps({"FailureReason": "AlgorithmError"})))
    assert done.states().count("Train") == 1
    assert (
        done.last("Teardown")["Payload"]["training_job_name"]
        == done.last("Train")["TrainingJobName"]
    )


@pytest.mark.parametrize("secondary", ["Stopped", "MaxRuntimeExceeded"])
def test_a_stopped_job_is_never_taken_for_a_trained_one(run: RUN, secondary: str) -> None:
    stopped = {"TrainingJobStatus": "Stopped", "SecondaryStatus": secondary}
    done = run(Train=lambda arguments: _trained(arguments) | stopped)
    assert done.states() == [
        "Admit",
        "Preprocess",
        "Train",
        "Teardown",
        "Report",
        "Notify",
        "Failed",
    ]
    assert explain(done.last("Report")["Payload"]["failure"])[0] == "TrainingStopped"


def test_throttling_is_retried_under_a_new_job_name(run: RUN) -> None:
    throttled = iter([TaskError("SageMaker.AmazonSageMakerException", "Rate exceeded")])

    def train(arguments: dict[str, Any]) -> Any:
        for fault in throttled:
            raise fault
        return _trained(arguments)

    done = run(Train=train)
    assert done.status == "SUCCEEDED"
    names = [arguments["TrainingJobName"] for state, arguments in done.calls if state == "Train"]
    assert names == [f"{PREPARED['resource_name']}-0-0-{retry}" for retry in (0, 1)]


def test_a_job_without_capacity_is_tried_again_a_limited_number_of_times(run: RUN) -> None:
    cause = json.dumps({"FailureReason": "CapacityError: Unable to provision requested ML compute"})
    done = run(Settings(capacity_attempts=3), Train=failing("States.TaskFailed", cause))
    names = [arguments["TrainingJobName"] for state, arguments in done.calls if state == "Train"]
    assert names == [f"{PREPARED['resource_name']}-0-{attempt}-0" for attempt in range(3)]
    assert done.states()[-4:] == ["Teardown", "Report", "Notify", "Failed"]
    assert done.error == "States.TaskFailed"


def test_capacity_that_comes_back_leaves_no_failure_behind(run: RUN) -> None:
    turns = iter(
        [TaskError("States.TaskFailed", json.dumps({"FailureReason": "CapacityError: none"}))]
    )

    def train(arguments: dict[str, Any]) -> Any:
        for fault in turns:
            raise fault
        return _trained(arguments)

    assert run(Train=train).status == "SUCCEEDED"


def test_an_endpoint_never_in_service_is_given_up(run: RUN) -> None:
    settings = Settings(endpoint_wait_seconds=15, endpoint_wait_limit_seconds=60)
    done = run(settings, DescribeEndpoint=lambda _: {"EndpointStatus": "Creating"})
    assert done.states().count("DescribeEndpoint") == 4
    assert done.error == "EndpointTimeout"
    assert "60 seconds" in done.last("Report")["Payload"]["failure"]["Cause"]
    assert "Teardown" in done.states()


def test_evaluation_goes_on_until_every_row_is_answered(run: RUN) -> None:
    some = {"Payload": {"is_complete": False, "rows": 1000}}
    done = run(Evaluate=in_turn(some, some, {"Payload": EVALUATED}))
    assert done.status == "SUCCEEDED"
    assert done.states().count("Evaluate") == 3
    assert done.last("Report")["Payload"]["evaluation"] == EVALUATED


def test_evaluation_that_never_ends_is_given_up(run: RUN) -> None:
    some = {"Payload": {"is_complete": False, "rows": 1000}}
    done = run(Settings(evaluate_passes=4), Evaluate=lambda _: some)
    assert done.states().count("Evaluate") == 4
    assert "Teardown" in done.states()
    assert done.last("Report")["Payload"]["evaluation"] is None
    assert explain(done.last("Report")["Payload"]["failure"])[0] == "TimedOut"


@pytest.mark.parametrize("error", ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"])
def test_an_evaluation_that_died_is_gone_on_with(run: RUN, error: str) -> None:
    done = run(Evaluate=in_turn(TaskError(error, "died"), {"Payload": EVALUATED}))
    assert done.status == "SUCCEEDED"
    assert done.states().count("Evaluate") == 2


@pytest.mark.parametrize("reason", ["The container did not pass its health check", None])
def test_a_failed_endpoint_is_told_with_its_reason(run: RUN, reason: str | None) -> None:
    endpoint = {"EndpointStatus": "Failed"} | ({"FailureReason": reason} if reason else {})
    done = run(DescribeEndpoint=lambda _: endpoint)
    assert done.error == "EndpointFailed"
    assert (reason or "Failed") in done.last("Report")["Payload"]["failure"]["Cause"]


def test_teardown_is_repeated_until_nothing_remains(run: RUN) -> None:
    incomplete = TaskError("TeardownIncomplete", "endpoint Creating")
    done = run(Teardown=in_turn(*[incomplete] * 20, {"Payload": {"deleted": [], "remaining": []}}))
    assert done.states().count("Teardown") == 21
    assert done.status == "SUCCEEDED"


def test_what_teardown_could_not_delete_fails_the_run_and_is_told(run: RUN) -> None:
    done = run(Teardown=failing("TeardownIncomplete"))
    report = done.last("Report")["Payload"]
    name = PREPARED["resource_name"]
    assert report["teardown"] == {"deleted": [], "remaining": [f"{name}-0-0-0", f"{name}-0"]}
    assert (done.status, done.error) == ("FAILED", "TeardownIncomplete")


def test_the_first_failure_is_not_hidden_by_teardowns(run: RUN) -> None:
    done = run(Evaluate=failing("EndpointRejected"), Teardown=failing("TeardownIncomplete"))
    assert done.error == "EndpointRejected"


@pytest.mark.parametrize("first", [None, "TrainingError"])
def test_without_a_report_a_plain_notice_goes_out(run: RUN, first: str | None) -> None:
    changes = {"Evaluate": failing(first)} if first else {}
    done = run(**changes, Report=failing("UnexpectedError"))
    notice = done.last("Notify")
    assert CONTEXT["Execution"]["Name"] in notice["Message"]
    assert (first or "nothing had failed") in notice["Message"]
    assert (done.status, done.error) == ("FAILED", first or "ReportFailed")


@pytest.mark.parametrize("failed", [True, False])
def test_a_lost_notice_does_not_change_the_outcome(run: RUN, failed: bool) -> None:
    changes = {"Evaluate": failing("EndpointRejected")} if failed else {}
    done = run(**changes, Notify=failing("SNS.AmazonSNSException"))
    assert done.status == ("FAILED" if failed else "SUCCEEDED")


# What fails, and with which state a redrive goes on.
RESUMED = {
    "Admit": "Preprocess",
    "Preprocess": "Preprocess",
    "Train": "Train",
    "FindChampion": "FindChampion",
    "CreateModel": "FindChampion",
    "CreateEndpoint": "FindChampion",
    "DescribeEndpoint": "FindChampion",
    "Evaluate": "FindChampion",
    "Teardown": "Teardown",
    "Gate": "Teardown",
}


@pytest.mark.parametrize(("state", "resumed"), RESUMED.items())
def test_a_redrive_goes_on_where_a_stage_was_done(run: RUN, state: str, resumed: str) -> None:
    faults = iter([TaskError("SomeError", "its cause")] * 3)

    def fail_three_times(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return ANSWERS[state](arguments)

    # Teardown is retried by the workflow itself before it counts as failed.
    times = {"Teardown": failing("SomeError")} if state == "Teardown" else {state: fail_three_times}
    done = run(redrives=3, **times)
    ends = [index for index, name in enumerate(done.states()) if name == "Failed"]
    assert [done.states()[index + 1] for index in ends[1::2]] == [resumed] * (len(ends) // 2)
    assert done.status == ("FAILED" if state == "Teardown" else "SUCCEEDED")


@pytest.mark.parametrize("state", ["PreprocessLarge", "TakeBack"])
def test_a_redrive_prepares_a_large_upload_anew(run: RUN, state: str) -> None:
    faults = iter([TaskError("SomeError", "its cause")])

    def fail_once(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return LARGE[state](arguments)

    done = run(redrives=1, **LARGE | {state: fail_once})
    assert done.status == "SUCCEEDED"
    jobs = [call["ProcessingJobName"] for name, call in done.calls if name == "PreprocessLarge"]
    assert len(set(jobs)) == len(jobs) == 2


def test_redrives_never_use_a_name_twice(run: RUN) -> None:
    broken = json.dumps({"FailureReason": "AlgorithmError"})
    faults = iter([TaskError("States.TaskFailed", broken)] * 2)

    def train(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return _trained(arguments)

    endpoints = iter([TaskError("SomeError", "")])

    def evaluate_(arguments: dict[str, Any]) -> Any:
        for fault in endpoints:
            raise fault
        return ANSWERS["Evaluate"](arguments)

    done = run(redrives=3, Train=train, Evaluate=evaluate_)
    assert done.status == "SUCCEEDED"
    jobs = [arguments["TrainingJobName"] for state, arguments in done.calls if state == "Train"]
    names = [arguments["ModelName"] for state, arguments in done.calls if state == "CreateModel"]
    assert len(set(jobs)) == len(jobs) == 3
    assert len(set(names)) == len(names) == 2
    assert done.last("Teardown")["Payload"]["endpoint_name"] == names[-1]
