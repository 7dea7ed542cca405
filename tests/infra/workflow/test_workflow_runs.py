"""Executions of the definition: the way through, and every way out."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.settings import Settings
from lambdas.report.failures import explain
from lambdas.report.language import language
from tests.contracts import HANDED_OVER, PREPARED
from tests.infra.workflow.definition import CONTEXT, TUNED, deployed
from tests.infra.workflow.machine_run import Answer, Run, TaskError, run_machine

MODEL = "s3://molino-bucket/models/d/e/job/output/model.tar.gz"
RUN = Callable[..., Run]


def trained(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "TrainingJobName": arguments["TrainingJobName"],
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "BillableTimeInSeconds": 61,
        "ModelArtifacts": {"S3ModelArtifacts": MODEL},
        "ResourceConfig": {"InstanceType": "ml.m5.large"},
        "TrainingStartTime": "2026-11-18T11:06:40.000Z",
        "TrainingEndTime": "2026-11-18T11:07:41.000Z",
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
        "announcements": [{"kind": "Molino Run Succeeded", "detail": {"status": status}}],
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
    "Check queue": lambda _: {
        "Payload": {"verdict": "GO", "ahead": 0, "wait_seconds": 0, "language": "es"}
    },
    "Preprocess upload": lambda _: {"Payload": PREPARED},
    "Create training job": lambda _: {"TrainingJobArn": "arn"},
    "Describe training job": trained,
    "Find champion": lambda _: {"Payload": {"champion": None}},
    "Create model": lambda _: {"ModelArn": "arn"},
    "Create endpoint configuration": lambda _: {"EndpointConfigArn": "arn"},
    "Create endpoint": lambda _: {"EndpointArn": "arn"},
    "Describe endpoint": lambda _: {"EndpointStatus": "InService"},
    "Measure on test rows": lambda _: {"Payload": EVALUATED},
    "Delete endpoint and jobs": lambda _: {"Payload": {"deleted": ["all"], "remaining": []}},
    "Decide on promotion": lambda _: {"Payload": DECISION},
    "Write report": _reported,
    "Notify people": lambda _: {"MessageId": "m"},
    "Notify programs": lambda _: {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]},
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
        describe_endpoint=in_turn({"EndpointStatus": "Creating"}, {"EndpointStatus": "InService"})
    )
    assert done.status == "SUCCEEDED"
    assert done.output["status"] == "SUCCEEDED"
    assert done.states() == [
        "Check queue",
        "Preprocess upload",
        "Find champion",
        "Create training job",
        "Describe training job",
        "Create model",
        "Create endpoint configuration",
        "Create endpoint",
        "Describe endpoint",
        "Describe endpoint",
        "Measure on test rows",
        "Delete endpoint and jobs",
        "Decide on promotion",
        "Write report",
        "Notify people",
        "Notify programs",
    ]
    preprocess = done.last("Preprocess upload")["Payload"]
    assert preprocess == CONTEXT["Execution"]["Input"] | {
        "execution_name": CONTEXT["Execution"]["Name"],
        "execution_arn": CONTEXT["Execution"]["Id"],
    }
    report = done.last("Write report")["Payload"]
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
    assert done.last("Delete endpoint and jobs")["Payload"] == {
        "execution_name": CONTEXT["Execution"]["Name"],
        "processing_job_name": None,
        "spark_job_name": None,
        "training_job_name": f"{name}-0-0-0",
        "tuning_job_name": None,
        "endpoint_name": f"{name}-0",
        "endpoint_config_name": f"{name}-0",
        "model_name": f"{name}-0",
        "retries": 0,
    }
    assert done.last("Create model")["PrimaryContainer"]["ModelDataUrl"] == MODEL


@pytest.mark.parametrize(
    "state",
    [
        "Preprocess upload",
        "Find champion",
        "Create training job",
        "Describe training job",
        "Create model",
        "Create endpoint configuration",
        "Create endpoint",
        "Describe endpoint",
        "Measure on test rows",
    ],
)
def test_whatever_fails_is_torn_down_reported_and_told(run: RUN, state: str) -> None:
    done = run(**{state: failing("SomeError", "its cause")})
    assert done.states()[-6:] == [
        state,
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert (done.status, done.error, done.cause) == ("FAILED", "SomeError", "told")
    assert done.last("Write report")["Payload"]["failure"] == {
        "Error": "SomeError",
        "Cause": "its cause",
    }


def _processed(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "ProcessingJobName": arguments["ProcessingJobName"],
        "ProcessingResources": arguments["ProcessingResources"],
        "ProcessingStartTime": 1_795_000_000_000,
        "ProcessingEndTime": 1_795_000_061_000,
    }


LARGE: dict[str, Answer] = {
    "Preprocess upload": lambda _: {"Payload": HANDED_OVER},
    "Run processing job": _processed,
    "Read processing result": lambda _: {"Payload": PREPARED},
}


def test_a_large_upload_goes_through_a_processing_job(run: RUN) -> None:
    done = run(**LARGE)
    assert done.status == "SUCCEEDED"
    assert done.states()[1:5] == [
        "Preprocess upload",
        "Run processing job",
        "Read processing result",
        "Find champion",
    ]
    job = f"{PREPARED['resource_name']}-0-0-0"
    assert done.last("Run processing job")["ProcessingJobName"] == job
    assert done.last("Read processing result")["Payload"]["after_job"] is True
    report = done.last("Write report")["Payload"]
    assert report["preprocess"] == PREPARED
    assert report["processing"] == [
        {
            "job_name": job,
            "instance_type": "ml.m5.xlarge",
            "volume_size_gb": 30,
            "start": "2026-11-18T11:06:40.000Z",
            "end": "2026-11-18T11:07:41.000Z",
        }
    ]
    assert done.last("Delete endpoint and jobs")["Payload"]["processing_job_name"] == job


@pytest.mark.parametrize("state", ["Run processing job", "Read processing result"])
def test_a_large_uploads_failure_is_torn_down_and_told(run: RUN, state: str) -> None:
    done = run(**LARGE | {state: failing("SomeError", "its cause")})
    assert done.states()[-6:] == [
        state,
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert done.error == "SomeError"
    job = done.last("Delete endpoint and jobs")["Payload"]["processing_job_name"]
    assert job == done.last("Run processing job")["ProcessingJobName"]


def test_a_processing_job_without_capacity_is_tried_again(run: RUN) -> None:
    none = TaskError("States.TaskFailed", json.dumps({"FailureReason": "CapacityError: none"}))
    turns = iter([none])

    def process(arguments: dict[str, Any]) -> Any:
        for fault in turns:
            raise fault
        return _processed(arguments)

    done = run(**LARGE | {"Run processing job": process})
    assert done.status == "SUCCEEDED"
    assert done.states()[2:5] == [
        "Run processing job",
        "Run processing job",
        "Read processing result",
    ]


def test_an_execution_waits_for_its_turn(run: RUN) -> None:
    waiting = {"Payload": {"verdict": "WAIT", "ahead": 3, "wait_seconds": 60}}
    done = run(check_queue=in_turn(waiting, waiting, ANSWERS["Check queue"](None)))
    assert done.states()[:4] == ["Check queue", "Check queue", "Check queue", "Preprocess upload"]
    assert done.status == "SUCCEEDED"
    assert done.last("Check queue")["Payload"] == {
        "execution_name": CONTEXT["Execution"]["Name"],
        "key": CONTEXT["Execution"]["Input"]["key"],
        "state_machine_arn": "machine",
        "looks": 2,
        "is_redriven": False,
    }


def test_a_replaced_upload_is_told_and_costs_nothing(run: RUN) -> None:
    notice = {"subject": "replaced", "message": "by a newer one"}
    turn = {"verdict": "REPLACED", "ahead": 1, "wait_seconds": 0, "notice": notice}
    done = run(check_queue=lambda _: {"Payload": turn})
    assert done.states() == ["Check queue", "Notify people", "Notify programs"]
    assert done.status == "SUCCEEDED"
    told = done.last("Notify people")
    assert {"subject": told["Subject"], "message": told["Message"]} == notice


def test_before_preprocess_is_done_there_is_nothing_to_tear_down(run: RUN) -> None:
    done = run(preprocess_upload=failing("EmptyFile"))
    payload = done.last("Delete endpoint and jobs")["Payload"]
    assert payload.pop("execution_name") == CONTEXT["Execution"]["Name"]
    assert payload.pop("retries") == 0
    assert set(payload.values()) == {None}


def not_trained(status: str, reason: str | None = None, secondary: str = "") -> Answer:
    """Describe a job that ended otherwise."""
    end = {"TrainingJobStatus": status, "SecondaryStatus": secondary or status}
    why = {"FailureReason": reason} if reason else {}
    return lambda arguments: {"TrainingJobName": arguments["TrainingJobName"]} | end | why


def test_a_failed_job_is_torn_down_under_the_name_it_was_created_with(run: RUN) -> None:
    done = run(describe_training_job=not_trained("Failed", "AlgorithmError: exit code 1"))
    assert done.states().count("Create training job") == 1
    assert (
        done.last("Delete endpoint and jobs")["Payload"]["training_job_name"]
        == done.last("Create training job")["TrainingJobName"]
    )
    failure = done.last("Write report")["Payload"]["failure"]
    assert explain(failure).code == "TrainingFailed"
    assert json.loads(failure["Cause"])["FailureReason"] == "AlgorithmError: exit code 1"


@pytest.mark.parametrize("secondary", ["Stopped", "MaxRuntimeExceeded"])
def test_a_stopped_job_is_never_taken_for_a_trained_one(run: RUN, secondary: str) -> None:
    done = run(describe_training_job=not_trained("Stopped", secondary=secondary))
    assert done.states() == [
        "Check queue",
        "Preprocess upload",
        "Find champion",
        "Create training job",
        "Describe training job",
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert explain(done.last("Write report")["Payload"]["failure"]).code == "TrainingStopped"


def test_a_job_is_looked_at_ever_less_often_until_it_ends(run: RUN) -> None:
    under_way = not_trained("InProgress", secondary="Training")({"TrainingJobName": "job"})
    done = run(describe_training_job=in_turn(*[under_way] * 3, trained({"TrainingJobName": "job"})))
    assert done.status == "SUCCEEDED"
    assert done.waits[:4] == [15, 17, 19, 21]


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("Describe training job", {"TrainingJobStatus": "InProgress"}),
        ("Describe tuning job", {"HyperParameterTuningJobStatus": "Stopping"}),
    ],
)
def test_a_job_that_never_ends_is_given_up(run: RUN, state: str, answer: dict[str, Any]) -> None:
    settings = Settings(training_wait_limit_seconds=120, training_max_runtime_seconds=60)
    done = run(settings, **(TUNING | {state: lambda _: answer}))
    assert done.states().count(state) == 6  # 15 s, 17 s and so on: 120 s
    failure = done.last("Write report")["Payload"]["failure"]
    assert explain(failure).code == "TimedOut"
    assert "120 seconds" in failure["Cause"]
    assert done.last("Delete endpoint and jobs")["Payload"]["training_job_name"]


def test_throttling_is_retried_under_a_new_job_name(run: RUN) -> None:
    throttled = TaskError("SageMaker.SageMakerException", "Rate exceeded")
    done = run(create_training_job=first([throttled], ANSWERS["Create training job"]))
    assert done.status == "SUCCEEDED"
    names = [
        arguments["TrainingJobName"]
        for state, arguments in done.calls
        if state == "Create training job"
    ]
    assert names == [f"{PREPARED['resource_name']}-0-0-{retry}" for retry in (0, 1)]


NO_CAPACITY = not_trained("Failed", "CapacityError: Unable to provision")


def ends(*answers: Answer, then: Answer = trained) -> Answer:
    """Describe one job after the other by one answer each, and all others by ``then``."""
    turns = iter(answers)

    def answer(arguments: dict[str, Any]) -> Any:
        return next(turns, then)(arguments)

    return answer


def quota(limit: int, kind: str = "training job") -> TaskError:
    cause = (
        f"The account-level service limit 'ml.m5.large for {kind} usage' is {limit} Instances, "
        f"with current utilization of {limit} Instances and a request delta of 1 Instances."
    )
    return TaskError("SageMaker.ResourceLimitExceededException", cause)


def on(*types: str, part: str = "training") -> dict[str, Any]:
    """Preprocess's answer with a list of instance types."""
    return PREPARED | {part: PREPARED[part] | {"instance_types": list(types)}}


def first(faults: list[TaskError], then: Answer) -> Answer:
    """Raise one fault after the other, then answer."""
    turns = iter(faults)

    def answer(arguments: dict[str, Any]) -> Any:
        for fault in turns:
            raise fault
        return then(arguments)

    return answer


def tried(done: Run) -> list[str]:
    found = [arguments for state, arguments in done.calls if state == "Create training job"]
    names = [arguments["TrainingJobName"] for arguments in found]
    assert len(set(names)) == len(names)
    return [arguments["ResourceConfig"]["InstanceType"] for arguments in found]


def test_a_job_without_capacity_is_tried_again_a_limited_number_of_times(run: RUN) -> None:
    done = run(Settings(capacity_attempts=3), describe_training_job=NO_CAPACITY)
    names = [
        arguments["TrainingJobName"]
        for state, arguments in done.calls
        if state == "Create training job"
    ]
    assert names == [f"{PREPARED['resource_name']}-0-{attempt}-0" for attempt in range(3)]
    assert done.states()[-5:] == [
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert done.error == "States.TaskFailed"


def test_capacity_is_looked_for_on_all_instance_types_before_waiting(run: RUN) -> None:
    prepared = on("ml.m5.large", "ml.m5.xlarge")
    done = run(
        Settings(capacity_wait_seconds=77),
        preprocess_upload=lambda _: {"Payload": prepared},
        describe_training_job=ends(NO_CAPACITY, NO_CAPACITY),
    )
    assert done.status == "SUCCEEDED"
    assert tried(done) == ["ml.m5.large", "ml.m5.xlarge", "ml.m5.large"]
    # Between looks at the three jobs and at the endpoint, too.
    assert [seconds for seconds in done.waits if seconds] == [15, 15, 77, 15, 15]
    assert done.last("Write report")["Payload"]["failure"] is None


def test_a_quota_of_zero_drops_the_type_and_one_in_use_waits(run: RUN) -> None:
    prepared = on("ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge")
    done = run(
        preprocess_upload=lambda _: {"Payload": prepared},
        create_training_job=first([quota(0), quota(4)], ANSWERS["Create training job"]),
        describe_training_job=ends(NO_CAPACITY),
    )
    assert done.status == "SUCCEEDED"
    assert tried(done) == ["ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.m5.xlarge"]


def test_quotas_of_zero_everywhere_are_told_at_once(run: RUN) -> None:
    prepared = on("ml.m5.large", "ml.m5.xlarge")
    done = run(
        preprocess_upload=lambda _: {"Payload": prepared},
        create_training_job=first([quota(0)] * 9, ANSWERS["Create training job"]),
    )
    assert done.states()[1:] == [
        "Preprocess upload",
        "Find champion",
        "Create training job",
        "Create training job",
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert "is 0 Instances" in done.last("Write report")["Payload"]["failure"]["Cause"]


CLEARED: dict[str, Answer] = {"Delete failed endpoint": lambda _: {"Payload": {"deleted": []}}}
LACKING = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity"


@pytest.mark.parametrize("is_quota", [True, False])
def test_an_endpoint_without_instances_is_cleared_and_tried_on_the_next_type(
    run: RUN, is_quota: bool
) -> None:
    prepared = on("ml.m5.large", "ml.c5.large", part="endpoint")
    states = [{"EndpointStatus": "Failed", "FailureReason": LACKING}] if not is_quota else []
    faults = [quota(0, "endpoint")] if is_quota else []
    done = run(
        preprocess_upload=lambda _: {"Payload": prepared},
        create_endpoint=first(faults, lambda _: {"EndpointArn": "arn"}),
        describe_endpoint=in_turn(*states, {"EndpointStatus": "InService"}),
        **CLEARED,
    )
    assert done.status == "SUCCEEDED"
    name = PREPARED["resource_name"]
    configs = [
        arguments for state, arguments in done.calls if state == "Create endpoint configuration"
    ]
    assert [config["EndpointConfigName"] for config in configs] == [f"{name}-0", f"{name}-0-1"]
    variants = [config["ProductionVariants"][0] for config in configs]
    assert [variant["InstanceType"] for variant in variants] == ["ml.m5.large", "ml.c5.large"]
    assert {variant["ModelName"] for variant in variants} == {f"{name}-0"}
    assert done.last("Delete failed endpoint")["Payload"] == {
        "execution_name": CONTEXT["Execution"]["Name"],
        "endpoint_name": f"{name}-0",
        "endpoint_config_name": f"{name}-0",
    }
    assert done.last("Measure on test rows")["Payload"]["endpoint_name"] == f"{name}-0-1"
    teardown = done.last("Delete endpoint and jobs")["Payload"]
    assert (teardown["endpoint_name"], teardown["model_name"]) == (f"{name}-0-1", f"{name}-0")
    endpoints = done.last("Write report")["Payload"]["endpoints"]
    assert endpoints[-1]["instance_type"] == "ml.c5.large"
    assert all(endpoint["deleted"] for endpoint in endpoints)


def test_an_endpoint_that_never_finds_an_instance_is_given_up(run: RUN) -> None:
    failed = {"EndpointStatus": "Failed", "FailureReason": LACKING}
    done = run(Settings(capacity_attempts=2), describe_endpoint=lambda _: failed, **CLEARED)
    assert done.states().count("Create endpoint") == 2
    assert done.error == "EndpointFailed"
    assert LACKING in done.last("Write report")["Payload"]["failure"]["Cause"]


TUNING_JOB = "molino-breast-0123456789-0-0-0"
JOBS = (f"{TUNING_JOB}-001-0a1b2c3d", f"{TUNING_JOB}-002-4e5f6a7b")


def tuned(best: float | None, status: str = "Completed") -> dict[str, Any]:
    found = {
        "HyperParameterTuningJobName": TUNING_JOB,
        "HyperParameterTuningJobStatus": status,
        "TrainingJobStatusCounters": {"Completed": 2},
    }
    if best is None:
        return found
    metric = {"MetricName": "validation:log_loss", "Type": "Minimize", "Value": best}
    job = {
        "TrainingJobName": JOBS[1],
        "TunedHyperParameters": {"min_samples_leaf": "3"},
        "FinalHyperParameterTuningJobObjectiveMetric": metric,
    }
    return found | {"BestTrainingJob": job}


def trained_with_metrics(arguments: dict[str, Any]) -> dict[str, Any]:
    metrics = [
        {"MetricName": "validation:log_loss", "Value": 0.3, "Timestamp": 0},
        {"MetricName": "validation:accuracy", "Value": 0.9, "Timestamp": 0},
    ]
    return trained(arguments) | {"FinalMetricDataList": metrics}


def _described(arguments: dict[str, Any]) -> dict[str, Any]:
    name = arguments["TrainingJobName"]
    artifacts = {"S3ModelArtifacts": f"s3://b/{name}/output/model.tar.gz"}
    billed = {"BillableTimeInSeconds": 30} if name == JOBS[1] else {}  # the other never started
    return {"TrainingJobName": name, "ModelArtifacts": artifacts} | billed


TUNING: dict[str, Answer] = {
    "Preprocess upload": lambda _: {"Payload": TUNED},
    "Describe training job": trained_with_metrics,
    "Create tuning job": lambda _: {"HyperParameterTuningJobArn": "arn"},
    "Describe tuning job": lambda _: tuned(0.2),
    "List tuned jobs": lambda _: {
        "TrainingJobSummaries": [{"TrainingJobName": name} for name in JOBS]
    },
    "Describe tuned job": _described,
}


@pytest.mark.parametrize(("best", "is_better"), [(0.2, True), (0.4, False)])
def test_the_better_of_defaults_and_tuned_values_is_deployed(
    run: RUN, best: float, is_better: bool
) -> None:
    done = run(**(TUNING | {"Describe tuning job": lambda _: tuned(best)}))
    assert done.status == "SUCCEEDED"
    assert done.states()[4:10] == [
        "Describe training job",
        "Create tuning job",
        "Describe tuning job",
        "List tuned jobs",
        "Describe tuned job",
        "Describe tuned job",
    ]
    expected = f"s3://b/{JOBS[1]}/output/model.tar.gz" if is_better else MODEL
    assert done.last("Create model")["PrimaryContainer"]["ModelDataUrl"] == expected
    payload = done.last("Write report")["Payload"]
    assert payload["training"]["billable_seconds"] == 61 + 30
    assert payload["training"]["model_uri"] == expected
    assert payload["tuning"] == {
        "job_name": TUNING_JOB,
        "jobs": 2,
        "best": {"MetricName": "validation:log_loss", "Type": "Minimize", "Value": best},
        "best_job": JOBS[1],
        "values": {"min_samples_leaf": "3"},
        "default": 0.3,
    }
    assert done.last("Delete endpoint and jobs")["Payload"]["tuning_job_name"] == TUNING_JOB


@pytest.mark.parametrize(("best", "told"), [(0.2, 2.0), (0.4, 1.0)])
def test_what_is_told_of_an_onnx_file_is_of_the_model_that_is_deployed(
    run: RUN, best: float, told: float
) -> None:
    """Not of another job's, of the defaults or of tuning."""

    def with_onnx(answer: Answer, values: Mapping[str, float]) -> Answer:
        def answered(arguments: dict[str, Any]) -> dict[str, Any]:
            found = answer(arguments)
            value = values[found["TrainingJobName"]]
            metrics = [*found.get("FinalMetricDataList", []), {"MetricName": "onnx:refused"}]
            metrics[-1] |= {"Value": value, "Timestamp": 0}
            return found | {"FinalMetricDataList": metrics}

        return answered

    defaults = with_onnx(trained_with_metrics, defaultdict(lambda: 1.0))
    of_tuning = with_onnx(_described, {JOBS[0]: 3.0, JOBS[1]: 2.0})
    done = run(
        **(
            TUNING
            | {
                "Describe training job": defaults,
                "Describe tuned job": of_tuning,
                "Describe tuning job": lambda _: tuned(best),
            }
        )
    )
    assert done.last("Write report")["Payload"]["training"]["onnx"] == {"onnx:refused": told}


def test_packages_come_as_a_channel_where_a_format_is_asked_for(run: RUN) -> None:
    training = {**TUNED["training"], "exports": ["onnx"]}
    asked: dict[str, Answer] = {
        "Preprocess upload": lambda _: {"Payload": TUNED | {"training": training}}
    }
    for done, channels in ((run(**(TUNING | asked)), 5), (run(**TUNING), 4)):
        given = done.last("Create training job")["InputDataConfig"]
        assert len(given) == channels
        assert [each["ChannelName"] for each in given[4:]] == ["onnx"][: channels - 4]
        tuning = done.last("Create tuning job")["TrainingJobDefinition"]["InputDataConfig"]
        assert tuning == given


def test_one_tuned_job_is_a_list_too(run: RUN) -> None:
    one = {"TrainingJobSummaries": [{"TrainingJobName": JOBS[1]}]}
    done = run(**(TUNING | {"List tuned jobs": lambda _: one}))
    assert done.last("Write report")["Payload"]["tuning"]["jobs"] == 1


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("List tuned jobs", {}),
        ("List tuned jobs", {"TrainingJobSummaries": [{"TrainingJobName": JOBS[0]}]}),
        ("Describe tuned job", {}),
    ],
)
def test_a_best_job_of_which_nothing_is_known_fails_the_run(
    run: RUN, state: str, answer: dict[str, Any]
) -> None:
    done = run(**(TUNING | {state: lambda _: answer}))
    assert done.error == "IncompleteAnswer"
    assert "Create model" not in done.states()
    assert explain(done.last("Write report")["Payload"]["failure"]).code == "UnexpectedError"


@pytest.mark.parametrize(
    "state", ["Create tuning job", "Describe tuning job", "List tuned jobs", "Describe tuned job"]
)
def test_a_failure_of_tuning_is_torn_down_by_name(run: RUN, state: str) -> None:
    done = run(**(TUNING | {state: failing("SomeError", "its cause")}))
    assert done.states()[-5:] == [
        "Delete endpoint and jobs",
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
    assert done.last("Delete endpoint and jobs")["Payload"]["tuning_job_name"] == TUNING_JOB
    assert done.error == "SomeError"


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_a_tuning_job_that_ended_early_still_gives_its_best(run: RUN, status: str) -> None:
    done = run(**(TUNING | {"Describe tuning job": lambda _: tuned(0.1, status)}))
    assert done.status == "SUCCEEDED"
    assert done.last("Write report")["Payload"]["training"]["job_name"] == JOBS[1]
    assert done.last("Write report")["Payload"]["failure"] is None


def test_the_best_so_far_is_not_taken_for_the_best(run: RUN) -> None:
    done = run(**(TUNING | {"Describe tuning job": in_turn(tuned(0.4, "InProgress"), tuned(0.2))}))
    assert done.last("Write report")["Payload"]["tuning"]["best"]["Value"] == 0.2


def test_a_tuning_job_without_a_best_fails_the_run(run: RUN) -> None:
    done = run(**(TUNING | {"Describe tuning job": lambda _: tuned(None, "Stopped")}))
    failure = done.last("Write report")["Payload"]["failure"]
    assert json.loads(failure["Cause"])["HyperParameterTuningJobStatus"] == "Stopped"
    assert explain(failure).code == "TuningFailed"
    assert done.status == "FAILED"


def test_a_quota_for_one_instance_is_tuned_with_one_at_a_time(run: RUN) -> None:
    done = run(**(TUNING | {"Create tuning job": first([quota(1)], TUNING["Create tuning job"])}))
    assert done.status == "SUCCEEDED"
    calls = [arguments for state, arguments in done.calls if state == "Create tuning job"]
    limits = [call["HyperParameterTuningJobConfig"]["ResourceLimits"] for call in calls]
    assert [limit["MaxParallelTrainingJobs"] for limit in limits] == [2, 1]
    assert calls[0]["HyperParameterTuningJobName"] != calls[1]["HyperParameterTuningJobName"]


def test_a_redrive_after_tuning_failed_tunes_again_and_does_not_train_again(run: RUN) -> None:
    tune = first([TaskError("SomeError", "its cause")], TUNING["Create tuning job"])
    done = run(redrives=1, **(TUNING | {"Create tuning job": tune}))
    assert done.status == "SUCCEEDED"
    assert (
        done.states().count("Create training job"),
        done.states().count("Create tuning job"),
    ) == (1, 2)


def test_an_endpoint_never_in_service_is_given_up(run: RUN) -> None:
    settings = Settings(endpoint_wait_seconds=15, endpoint_wait_limit_seconds=60)
    done = run(settings, describe_endpoint=lambda _: {"EndpointStatus": "Creating"})
    assert done.states().count("Describe endpoint") == 4
    assert done.error == "EndpointTimeout"
    assert "60 seconds" in done.last("Write report")["Payload"]["failure"]["Cause"]
    assert "Delete endpoint and jobs" in done.states()


def test_evaluation_goes_on_until_every_row_is_answered(run: RUN) -> None:
    some = {"Payload": {"is_complete": False, "rows": 1000}}
    done = run(measure_on_test_rows=in_turn(some, some, {"Payload": EVALUATED}))
    assert done.status == "SUCCEEDED"
    assert done.states().count("Measure on test rows") == 3
    assert done.last("Write report")["Payload"]["evaluation"] == EVALUATED


def test_evaluation_that_never_ends_is_given_up(run: RUN) -> None:
    some = {"Payload": {"is_complete": False, "rows": 1000}}
    done = run(Settings(evaluate_passes=4), measure_on_test_rows=lambda _: some)
    assert done.states().count("Measure on test rows") == 4
    assert "Delete endpoint and jobs" in done.states()
    assert done.last("Write report")["Payload"]["evaluation"] is None
    assert explain(done.last("Write report")["Payload"]["failure"]).code == "TimedOut"


@pytest.mark.parametrize("error", ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"])
def test_an_evaluation_that_died_is_gone_on_with(run: RUN, error: str) -> None:
    done = run(measure_on_test_rows=in_turn(TaskError(error, "died"), {"Payload": EVALUATED}))
    assert done.status == "SUCCEEDED"
    assert done.states().count("Measure on test rows") == 2


@pytest.mark.parametrize("reason", ["The container did not pass its health check", None])
def test_a_failed_endpoint_is_told_with_its_reason(run: RUN, reason: str | None) -> None:
    endpoint = {"EndpointStatus": "Failed"} | ({"FailureReason": reason} if reason else {})
    done = run(describe_endpoint=lambda _: endpoint)
    assert done.error == "EndpointFailed"
    assert (reason or "Failed") in done.last("Write report")["Payload"]["failure"]["Cause"]


def test_teardown_is_repeated_until_nothing_remains(run: RUN) -> None:
    incomplete = TaskError("TeardownIncomplete", "endpoint Creating")
    done = run(
        delete_endpoint_and_jobs=in_turn(
            *[incomplete] * 20, {"Payload": {"deleted": [], "remaining": []}}
        )
    )
    assert done.states().count("Delete endpoint and jobs") == 21
    assert done.status == "SUCCEEDED"


def test_what_teardown_could_not_delete_fails_the_run_and_is_told(run: RUN) -> None:
    done = run(delete_endpoint_and_jobs=failing("TeardownIncomplete"))
    report = done.last("Write report")["Payload"]
    name = PREPARED["resource_name"]
    remaining = [f"{name}-0-0-0", f"{name}-0", f"{name}-0"]
    assert report["teardown"] == {"deleted": [], "remaining": remaining}
    assert (done.status, done.error) == ("FAILED", "TeardownIncomplete")


@pytest.mark.parametrize("answer", [{}, {"deleted": []}])
def test_a_teardown_that_does_not_say_what_remains_is_not_taken_for_done(
    run: RUN, answer: dict[str, Any]
) -> None:
    done = run(delete_endpoint_and_jobs=lambda _: {"Payload": answer})
    assert done.last("Write report")["Payload"]["teardown"]["remaining"]
    assert (done.status, done.error) == ("FAILED", "States.QueryEvaluationError")


def test_the_first_failure_is_not_hidden_by_teardowns(run: RUN) -> None:
    done = run(
        measure_on_test_rows=failing("EndpointRejected"),
        delete_endpoint_and_jobs=failing("TeardownIncomplete"),
    )
    assert done.error == "EndpointRejected"


@pytest.mark.parametrize("first", [None, "TrainingError"])
def test_without_a_report_a_plain_notice_goes_out(run: RUN, first: str | None) -> None:
    changes = {"Measure on test rows": failing(first)} if first else {}
    done = run(**changes, write_report=failing("UnexpectedError"))
    notice = done.last("Notify people")
    assert CONTEXT["Execution"]["Id"] in notice["Message"]
    assert notice["Subject"] == language("es")("notification.subject.unreported")
    assert notice["Message"].startswith(language("es")("notification.unreported"))
    *_, errors = notice["Message"].splitlines()
    assert errors == (f"{first}, UnexpectedError" if first else "UnexpectedError")
    assert (done.status, done.error) == ("FAILED", first or "ReportFailed")


@pytest.mark.parametrize("failed", [True, False])
def test_a_lost_notice_does_not_change_the_outcome(run: RUN, failed: bool) -> None:
    changes = {"Measure on test rows": failing("EndpointRejected")} if failed else {}
    done = run(**changes, notify_people=failing("SNS.AmazonSNSException"))
    assert done.status == ("FAILED" if failed else "SUCCEEDED")


# What fails, and with which state a redrive goes on once its turn has come.
RESUMED = {
    "Preprocess upload": "Preprocess upload",
    "Find champion": "Find champion",
    "Create training job": "Create training job",
    "Describe training job": "Create training job",
    "Create model": "Create model",
    "Create endpoint": "Create model",
    "Describe endpoint": "Create model",
    "Measure on test rows": "Create model",
    "Delete endpoint and jobs": "Delete endpoint and jobs",
    "Decide on promotion": "Decide on promotion",
}


@pytest.mark.parametrize(("state", "resumed"), RESUMED.items())
def test_a_redrive_goes_on_where_a_stage_was_done(run: RUN, state: str, resumed: str) -> None:
    faults = iter([TaskError("SomeError", "its cause")] * 3)

    def fail_three_times(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return ANSWERS[state](arguments)

    # Teardown is retried by the workflow itself before it counts as failed.
    times = (
        {"Delete endpoint and jobs": failing("SomeError")}
        if state == "Delete endpoint and jobs"
        else {state: fail_three_times}
    )
    done = run(redrives=3, **times)
    ends = [index for index, name in enumerate(done.states()) if name == "Failed"]
    went_on = [done.states()[index + 1 : index + 3] for index in ends[1::2]]
    assert went_on == [["Check queue", resumed]] * (len(ends) // 2)
    assert done.status == ("FAILED" if state == "Delete endpoint and jobs" else "SUCCEEDED")


def test_a_redrive_waits_for_its_turn(run: RUN) -> None:
    go, waiting = ANSWERS["Check queue"](None), {"Payload": {"verdict": "WAIT", "wait_seconds": 60}}
    faults = iter([TaskError("SomeError", "its cause")])

    def train_at_last(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return ANSWERS["Create training job"](arguments)

    done = run(
        redrives=1, check_queue=in_turn(go, waiting, waiting, go), create_training_job=train_at_last
    )
    assert done.status == "SUCCEEDED"
    redriven = done.states().index("Failed") + 2  # the redrive enters Failed again
    assert done.states()[redriven : redriven + 4] == [
        "Check queue",
        "Check queue",
        "Check queue",
        "Create training job",
    ]
    asked = [given["Payload"] for name, given in done.calls if name == "Check queue"]
    assert [(each["looks"], each["is_redriven"]) for each in asked] == [
        (0, False),
        (0, True),
        (1, True),
        (2, True),
    ]


@pytest.mark.parametrize("state", ["Run processing job", "Read processing result"])
def test_a_redrive_prepares_a_large_upload_anew(run: RUN, state: str) -> None:
    faults = iter([TaskError("SomeError", "its cause")])

    def fail_once(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return LARGE[state](arguments)

    done = run(redrives=1, **LARGE | {state: fail_once})
    assert done.status == "SUCCEEDED"
    jobs = [call["ProcessingJobName"] for name, call in done.calls if name == "Run processing job"]
    assert len(set(jobs)) == len(jobs) == 2


def test_redrives_never_use_a_name_twice(run: RUN) -> None:
    broken = json.dumps({"FailureReason": "AlgorithmError"})
    faults = iter([TaskError("States.TaskFailed", broken)] * 2)

    def train(arguments: dict[str, Any]) -> Any:
        for fault in faults:
            raise fault
        return ANSWERS["Create training job"](arguments)

    endpoints = iter([TaskError("SomeError", "")])

    def evaluate_(arguments: dict[str, Any]) -> Any:
        for fault in endpoints:
            raise fault
        return ANSWERS["Measure on test rows"](arguments)

    done = run(redrives=3, create_training_job=train, measure_on_test_rows=evaluate_)
    assert done.status == "SUCCEEDED"
    jobs = [
        arguments["TrainingJobName"]
        for state, arguments in done.calls
        if state == "Create training job"
    ]
    names = [arguments["ModelName"] for state, arguments in done.calls if state == "Create model"]
    assert len(set(jobs)) == len(jobs) == 3
    assert len(set(names)) == len(names) == 2
    assert done.last("Delete endpoint and jobs")["Payload"]["endpoint_name"] == names[-1]
