"""The machine that predicts: its requests are ones AWS accepts, and it goes every way to an end."""

from typing import Any

import pytest

from infra.settings import Settings
from infra.workflow.stories import PREDICTION
from tests.contracts import PREPARED_ROWS
from tests.infra.service_model import problems
from tests.infra.workflow.definition import NAMES, deployed, tasks
from tests.infra.workflow.machine_run import AbortedError, Answer, Run, TaskError, run_machine
from tests.infra.workflow.predicting import ANSWERS, MACHINE, TOLD, request_of_prediction

QUOTA = "SageMaker.ResourceLimitExceededException"
CAPACITY = '{"TransformJobStatus": "Failed", "FailureReason": "CapacityError: none left"}'
TASKS = dict(tasks(MACHINE))


def run(monkeypatch: pytest.MonkeyPatch, redrives: int = 0, **answers: Answer) -> Run:
    return run_machine(monkeypatch, MACHINE, ANSWERS | answers, redrives)


def failing(times: int, error: str, cause: str = "its cause", then: Answer | None = None) -> Answer:
    """Fail so often, then answer."""
    left = [times]

    def answer(given: dict[str, Any]) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise TaskError(error, cause)
        assert then
        return then(given)

    return answer


@pytest.mark.parametrize("name", TASKS)
def test_aws_accepts_the_request(name: str) -> None:
    arguments = request_of_prediction(name)
    if "Payload" in arguments:  # Step Functions serializes it
        arguments["Payload"] = b"{}"
    *_, service, verb = TASKS[name]["Resource"].split(":")
    verb = verb.split(".")[0]
    assert problems(service, verb[:1].upper() + verb[1:], arguments) == []


def test_the_job_is_encrypted_tagged_and_gets_lines() -> None:
    job = request_of_prediction("Run transform job")
    assert job["TransformResources"]["VolumeKmsKeyId"] == NAMES["KeyArn"]
    assert job["TransformOutput"]["KmsKeyId"] == NAMES["KeyArn"]
    assert (job["TransformInput"]["SplitType"], job["BatchStrategy"]) == ("Line", "MultiRecord")
    assert job["TransformInput"]["ContentType"] == PREPARED_ROWS["content_type"]
    assert job["MaxPayloadInMB"] * job["MaxConcurrentTransforms"] <= 100  # AWS's limit
    assert len(job["TransformJobName"]) <= 63
    tags = {tag["Key"] for tag in job["Tags"]}
    assert {"molino:stack", "molino:execution", "molino:dataset", "project"} <= tags
    local = request_of_prediction("Run transform job", transform_types=["ml.m5d.xlarge"])
    assert "VolumeKmsKeyId" not in local["TransformResources"]  # refused with local disks


def test_the_model_is_the_packages_isolated_and_in_the_stacks_network() -> None:
    model = request_of_prediction("Create model")
    assert model["EnableNetworkIsolation"] is True
    assert model["PrimaryContainer"]["ModelPackageName"] == PREPARED_ROWS["model"]["package_arn"]
    assert "VpcConfig" not in model
    network = Settings(
        subnet_ids=("subnet-01234567",),
        security_group_ids=("sg-01234567",),
    )
    in_vpc = deployed(network, PREDICTION)["States"]["Create model"]["Arguments"]
    assert in_vpc["VpcConfig"] == {
        "Subnets": ["subnet-01234567"],
        "SecurityGroupIds": ["sg-01234567"],
    }


def test_answers_are_joined_after_all_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch)
    assert (done.status, done.states()) == ("SUCCEEDED", list(ANSWERS))
    deleted = done.last("Delete model and job")["Payload"]
    created = done.last("Run transform job")
    assert deleted["transform_job_name"] == created["TransformJobName"]
    assert deleted["model_name"] == created["ModelName"] == done.last("Create model")["ModelName"]
    answers = done.last("Join answers")["Payload"]["answers_uri"]
    assert answers == created["TransformOutput"]["S3OutputPath"]
    assert created["TransformResources"]["InstanceCount"] == PREPARED_ROWS["instances"]
    assert done.output == TOLD


@pytest.mark.parametrize("state", ["Check queue", "Read rows", "Create model", "Join answers"])
def test_a_failure_is_torn_down_after_and_told_once(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    failed: Answer = failing(99, "SomeError")
    done = run(monkeypatch, **{state: failed, "Failed": failing(1, "SomeError")})
    assert done.status == "FAILED"
    assert done.last("Write result")["Payload"]["failure"]["Error"] == "SomeError"
    assert done.states().count("Delete model and job") == 1
    assert done.states().count("Notify people") == 1
    (status,) = done.last("Notify people")["MessageAttributes"].values()
    assert status["StringValue"] == "FAILED"


def test_where_no_instance_is_free_the_next_type_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    several = PREPARED_ROWS | {"instance_types": ["ml.m5.large", "ml.c5.xlarge"]}
    job = failing(3, "States.TaskFailed", CAPACITY, ANSWERS["Run transform job"])
    done = run(monkeypatch, read_rows=lambda _: {"Payload": several}, run_transform_job=job)
    assert done.status == "SUCCEEDED"
    tried = [given for name, given in done.calls if name == "Run transform job"]
    types = [each["TransformResources"]["InstanceType"] for each in tried]
    assert types == ["ml.m5.large", "ml.c5.xlarge"] * 2
    assert len({each["TransformJobName"] for each in tried}) == len(tried)
    assert [wait for wait in done.waits if wait] == [Settings().capacity_wait_seconds]


def test_a_type_without_quota_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    several = PREPARED_ROWS | {"instance_types": ["ml.m5.large", "ml.c5.xlarge"]}
    job = failing(1, QUOTA, "the limit is 0 Instances", ANSWERS["Run transform job"])
    done = run(monkeypatch, read_rows=lambda _: {"Payload": several}, run_transform_job=job)
    assert done.status == "SUCCEEDED"
    resources = done.last("Run transform job")["TransformResources"]
    assert resources["InstanceType"] == "ml.c5.xlarge"
    alone = failing(1, QUOTA, "the limit is 0 Instances", ANSWERS["Run transform job"])
    none = run(monkeypatch, run_transform_job=alone, failed=failing(1, QUOTA))
    assert none.last("Write result")["Payload"]["failure"]["Error"] == QUOTA


def test_capacity_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    job = failing(99, "States.TaskFailed", CAPACITY)
    done = run(monkeypatch, run_transform_job=job, failed=failing(1, "CapacityUnavailable"))
    assert done.states().count("Run transform job") == Settings().capacity_attempts


def test_a_redrive_after_a_stop_makes_model_and_job_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The janitor has deleted the model, so the job that is made at once finds none."""
    models: set[str] = set()
    stopped = [False]

    def create(given: dict[str, Any]) -> Any:
        models.add(given["ModelName"])
        return {"ModelArn": "arn"}

    def transform(given: dict[str, Any]) -> Any:
        if not stopped[0]:
            stopped[0] = True
            models.clear()
            raise AbortedError
        if given["ModelName"] not in models:
            raise TaskError("States.TaskFailed", "Could not find model")
        return ANSWERS["Run transform job"](given)

    done = run(monkeypatch, 1, create_model=create, run_transform_job=transform)
    assert done.ends == ["ABORTED", "SUCCEEDED"]
    names = [given["TransformJobName"] for name, given in done.calls if name == "Run transform job"]
    assert len(set(names)) == len(names) == 3
    assert done.states().count("Read rows") == 1
    assert done.states().count("Notify people") == 1


@pytest.mark.parametrize("swept", [True, False], ids=["janitor came before", "janitor came late"])
def test_a_redrive_after_a_stop_amid_the_making_of_the_model_leaves_none(
    monkeypatch: pytest.MonkeyPatch, swept: bool
) -> None:
    """The janitor leaves alone what an execution has made that has been redriven since."""
    models: set[str] = set()
    stops = [True, True, False]

    def create(given: dict[str, Any]) -> Any:
        if given["ModelName"] in models:
            raise TaskError("SageMaker.SageMakerException", "Cannot create already existing model")
        models.add(given["ModelName"])
        if stops.pop(0):
            if swept:
                models.clear()
            raise AbortedError
        return {"ModelArn": "arn"}

    def delete(given: dict[str, Any]) -> Any:
        models.discard(given["Payload"]["model_name"])
        return ANSWERS["Delete model and job"](given)

    done = run(monkeypatch, 2, create_model=create, delete_model_and_job=delete)
    assert done.ends == ["ABORTED", "ABORTED", "SUCCEEDED"]
    assert models == set()
    assert done.states().count("Notify people") == 1


def test_a_redrive_after_a_failed_join_pays_for_no_second_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    join = failing(1, "PredictionsIncomplete", then=ANSWERS["Join answers"])
    ended = failing(1, "PredictionsIncomplete", then=lambda _: {"redriven": True})
    done = run(monkeypatch, 1, join_answers=join, failed=ended)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert done.states().count("Run transform job") == 1


def test_what_cannot_be_deleted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = failing(99, "TeardownIncomplete")
    done = run(monkeypatch, delete_model_and_job=kept, failed=failing(1, "TeardownIncomplete"))
    told = done.last("Write result")["Payload"]
    job = done.last("Run transform job")
    assert told["teardown"]["remaining"] == [job["TransformJobName"], job["ModelName"]]
    assert told["failure"]["Error"] == "TeardownIncomplete"


def test_a_result_that_cannot_be_written_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = run(monkeypatch, write_result=failing(99, "SomeError"), failed=failing(1, "SomeError"))
    notice = done.last("Notify people")
    assert "execution:Molino:run" in notice["Message"]
    (event,) = done.last("Notify programs")["Entries"]
    assert event["DetailType"] == "Molino Prediction Failed"


def test_it_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter(["WAIT", "WAIT", "GO"])
    admission: Answer = lambda _: {  # noqa: E731 - as the other answers
        "Payload": {"verdict": next(turns), "wait_seconds": 30, "language": "en"}
    }
    done = run(monkeypatch, check_queue=admission)
    assert (done.status, done.waits[:2]) == ("SUCCEEDED", [30, 30])
    looks = [given["Payload"]["looks"] for name, given in done.calls if name == "Check queue"]
    assert looks == [0, 1, 2]


def test_people_are_not_told_twice_where_an_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, notify_people=failing(1, "States.Timeout"))
    assert done.status == "SUCCEEDED"
    assert done.states().count("Notify people") == 1
    refused = failing(1, "States.TaskFailed", then=ANSWERS["Notify people"])
    assert run(monkeypatch, notify_people=refused).states().count("Notify people") == 2


ASKED = PREPARED_ROWS | {"endpoint_name": "molino-kept--d"}


def asks(given: dict[str, Any]) -> Any:
    """Return what the function that asks an endpoint answers."""
    told = {"endpoint_name": "molino-kept--d", "memory_mb": 2048, "answering_seconds": 0.5}
    return {"Payload": told | {"answers_uri": given["Payload"]["answers_uri"]}}


def test_an_endpoint_that_answers_needs_neither_model_nor_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = run(monkeypatch, read_rows=lambda _: {"Payload": ASKED}, ask_endpoint=asks)
    names = ["Check queue", "Read rows", "Ask endpoint", "Join answers", "Write result"]
    assert (done.status, done.states()[:5]) == ("SUCCEEDED", names)
    uri = done.last("Ask endpoint")["Payload"]["answers_uri"]
    assert done.last("Join answers")["Payload"]["answers_uri"] == uri
    assert uri.startswith(PREPARED_ROWS["output_uri"])
    told = done.last("Write result")["Payload"]
    assert (told["asked"]["answers_uri"], told["transform"]) == (uri, None)


@pytest.mark.parametrize("kind", ["an answer", "a failure"])
def test_a_job_answers_where_the_endpoint_does_not(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    none: Answer = lambda _: {"Payload": {"endpoint_name": "e", "answers_uri": None}}  # noqa: E731
    ask = none if kind == "an answer" else failing(99, "Lambda.Unknown")
    done = run(monkeypatch, read_rows=lambda _: {"Payload": ASKED}, ask_endpoint=ask)
    assert done.status == "SUCCEEDED"
    created = done.last("Run transform job")
    answers = done.last("Join answers")["Payload"]["answers_uri"]
    assert answers == created["TransformOutput"]["S3OutputPath"]
    told = done.last("Write result")["Payload"]
    assert told["asked"]["answers_uri"] is None
    assert (told["asked"].get("error"), told["failure"]) == (
        None if kind == "an answer" else "Lambda.Unknown",
        None,
    )


def test_where_only_the_endpoint_may_answer_its_failure_is_the_executions_until_it_is_redriven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    must = ASKED | {"must_ask": True}
    ask = failing(1, "EndpointUnavailable", then=asks)
    ended = failing(1, "EndpointUnavailable", then=lambda _: {"redriven": True})
    read: Answer = lambda _: {"Payload": must}  # noqa: E731 - as the other answers
    done = run(monkeypatch, 1, read_rows=read, ask_endpoint=ask, failed=ended)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert "Create model" not in done.states()
    assert done.states().count("Ask endpoint") == 2
    assert done.states().count("Read rows") == 1
    first = next(given for name, given in done.calls if name == "Write result")
    assert first["Payload"]["failure"]["Error"] == "EndpointUnavailable"
