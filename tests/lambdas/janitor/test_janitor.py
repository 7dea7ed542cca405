"""The janitor tells once of each end, after it has deleted all, and never ends what a redrive made.

The fake's requests are checked against botocore's model of SageMaker.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from lambdas.janitor import handler as module
from lambdas.janitor import sweep
from tests.lambdas.conftest import Context

_MODEL = boto3.client("sagemaker", "us-east-1").meta.service_model
_NAME = "ward-0123"
_ARN = f"arn:aws:states:us-east-1:1:execution:machine:{_NAME}"
_TAGS = {"molino:stack": "Molino", "molino:execution": _NAME}
# The prefix of what a List operation names, where its answer holds it.
_MEMBERS = {
    "TrainingJob": "TrainingJobSummaries",
    "ProcessingJob": "ProcessingJobSummaries",
    "HyperParameterTuningJob": "HyperParameterTuningJobSummaries",
    "TransformJob": "TransformJobSummaries",
    "Endpoint": "Endpoints",
    "EndpointConfig": "EndpointConfigs",
    "Model": "Models",
}
_PARTS = ("EndpointConfig", "Model")
_GONE = "gone"  # somebody else deletes it between the look and the call
_NOW = dt.datetime.now(dt.UTC)
Event = dict[str, Any]


@dataclass
class Fake:
    """SageMaker, Step Functions, SNS and the time: kind → status of one resource each.

    Parameters
    ----------
    creation
        Pauses until an endpoint that is being created is up; None: it never is.
    refused
        Code with which an operation is refused, and how often.
    """

    resources: dict[str, str]
    creation: int | None = 2
    refused: dict[str, tuple[str, int]] = field(default_factory=dict)
    redrive_count: int = 0
    context: Context = field(default_factory=Context)
    calls: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    pauses: int = 0

    class exceptions:  # noqa: N801 (as boto3 names it)
        ResourceNotFound = ExecutionDoesNotExist = LookupError

    def sleep(self, seconds: float) -> None:
        self.pauses += 1
        self.context.remaining_milliseconds -= int(seconds * 1000)
        if self.creation == self.pauses and "Endpoint" in self.resources:
            self.resources["Endpoint"] = "InService"

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if executionArn != _ARN:
            raise LookupError
        status = "RUNNING" if self.redrive_count else "ABORTED"
        return {"status": status, "redriveCount": self.redrive_count}

    def publish(self, **given: Any) -> None:
        self.told.append(given)

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": key, "Value": value} for key, value in _TAGS.items()]}

    def get_paginator(self, operation: str) -> Any:
        kind = "".join(part.capitalize() for part in operation.split("_")[1:])[:-1]
        fake = self

        class Paginator:
            def paginate(self, StatusEquals: str | None = None, **given: Any) -> Any:  # noqa: N803
                _check(f"List{kind}s", given)
                status = fake.resources.get(kind)
                is_there = status is not None and StatusEquals in (None, status)
                found = {f"{kind}Name": "molino-ward-1", f"{kind}Arn": "arn", "CreationTime": _NOW}
                found |= {f"{kind}Status": status} if kind not in _PARTS else {}
                return [{_MEMBERS[kind]: [found] if is_there else []}]

        return Paginator()

    def __getattr__(self, method: str) -> Any:
        operation = "".join(part.capitalize() for part in method.split("_"))

        def call(**given: Any) -> dict[str, Any]:
            _check(operation, given)
            self.calls.append(operation)
            code, times = self.refused.get(operation, ("", 0))
            kind = operation.removeprefix("Delete").removeprefix("Stop")
            if times:
                self.refused[operation] = code, times - 1
                if code != _GONE:
                    raise _error(operation, code, "no")
                del self.resources[kind]
            if self.resources.get(kind) == "Creating":
                raise _error(operation, "ValidationException", "Cannot update in-progress endpoint")
            if self.resources.pop(kind, None) is None:
                raise _error(operation, "ValidationException", f'Could not find {kind} "arn".')
            return {}

        return call


def _check(operation: str, given: Event) -> None:
    shape = _MODEL.operation_model(operation).input_shape
    report = ParamValidator().validate(given, shape)
    assert not report.has_errors(), report.generate_report()


def _error(operation: str, code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("STACK_NAME", "Molino")
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:1:topic")
    monkeypatch.setenv("JANITOR_AGE_MINUTES", "30")
    machines = "arn:aws:states:us-east-1:1:stateMachine"
    monkeypatch.setenv("STATE_MACHINE_ARNS", f"{machines}:machine {machines}:machine-predict")

    def run_with(fake: Fake, **event: Any) -> Event:
        monkeypatch.setattr(module, "sagemaker_client", lambda: fake)
        monkeypatch.setattr(module, "step_functions_client", lambda: fake)
        monkeypatch.setattr("lambdas.shared.topic.sns_client", lambda: fake)
        monkeypatch.setattr(sweep, "sleep", fake.sleep)
        found: Event = module.handler(event, fake.context)
        return found

    return run_with


def _aborted(**other: Any) -> Event:
    detail = {"executionArn": _ARN, "name": _NAME, "status": "ABORTED", "redriveCount": 0}
    return {"detail": detail | other}


def _deployed(endpoint: str, **more: str) -> dict[str, str]:
    return {"Endpoint": endpoint, "EndpointConfig": "-", "Model": "-"} | more


def _remaining(log: Any) -> list[int]:
    written = [json.loads(line) for line in log.splitlines() if "LeftoversRemaining" in line]
    return [int(entry["LeftoversRemaining"][0]) for entry in written]


def test_an_endpoint_in_creation_is_waited_for_and_told_once(run: Any) -> None:
    fake = Fake(_deployed("Creating", TrainingJob="InProgress"))
    answer = run(fake, **_aborted())
    assert fake.resources == {}
    assert answer["remaining"] == []
    (notice,) = fake.told
    assert "Deleted or stopped: training job" in notice["Message"]
    assert "endpoint molino-ward-1, endpoint configuration" in notice["Message"]
    assert "Still there" not in notice["Message"]


def test_what_an_endpoint_in_creation_is_made_of_stays_until_it_is_gone(run: Any) -> None:
    fake = Fake(_deployed("Creating"))
    run(fake, **_aborted())
    assert fake.calls == ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"]


def test_an_endpoint_that_never_comes_up_is_told_once_and_rings(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = Fake(_deployed("Creating"), creation=None)
    answer = run(fake, **_aborted())
    assert [text.split(": ")[-1] for text in answer["remaining"]] == [
        "Creating",
        "in use",
        "in use",
    ]
    assert 0 < fake.context.remaining_milliseconds < 120_000
    (notice,) = fake.told
    assert "Still there" in notice["Message"]
    assert _remaining(capsys.readouterr().out) == [3]


def test_a_refusal_is_tried_again_and_then_told_once(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = Fake(_deployed("InService"), refused={"DeleteModel": ("AccessDeniedException", 99)})
    answer = run(fake, **_aborted())
    assert answer["remaining"] == ["model molino-ward-1: AccessDeniedException"]
    assert fake.calls.count("DeleteModel") == 3
    (notice,) = fake.told
    assert "Deleted or stopped: endpoint molino-ward-1, endpoint configuration" in notice["Message"]
    assert "Still there" in notice["Message"]
    assert _remaining(capsys.readouterr().out) == [1]


def test_a_refusal_that_passes_is_not_told(run: Any) -> None:
    fake = Fake(_deployed("InService"), refused={"DeleteModel": ("ConflictException", 1)})
    assert run(fake, **_aborted())["remaining"] == []
    (notice,) = fake.told
    assert "model molino-ward-1" in notice["Message"]
    assert "Still there" not in notice["Message"]


def test_what_another_has_deleted_meanwhile_is_gone(run: Any) -> None:
    fake = Fake(_deployed("InService"), refused={"DeleteModel": (_GONE, 9)})
    assert run(fake, **_aborted()) == {
        "deleted": ["endpoint molino-ward-1", "endpoint configuration molino-ward-1"],
        "remaining": [],
    }
    assert fake.pauses == 1  # before the last look


def test_what_was_being_created_when_the_execution_was_stopped_is_ended_too(run: Any) -> None:
    fake = Fake({})
    pause = fake.sleep

    def created(seconds: float) -> None:
        pause(seconds)
        fake.resources["TrainingJob"] = "InProgress"

    fake.sleep = created  # type: ignore[method-assign]
    assert run(fake, **_aborted())["deleted"] == ["training job molino-ward-1"]
    assert fake.resources == {}


def test_what_a_redrive_has_made_is_left_alone(run: Any) -> None:
    fake = Fake({"TrainingJob": "InProgress"}, redrive_count=1)
    assert run(fake, **_aborted()) == {"deleted": [], "remaining": []}
    assert fake.resources == {"TrainingJob": "InProgress"}
    assert len(fake.told) == 1


def test_a_redrive_meanwhile_ends_the_waiting(run: Any) -> None:
    fake = Fake(_deployed("Creating"), creation=None)
    pause = fake.sleep

    def redriven(seconds: float) -> None:
        pause(seconds)
        fake.redrive_count = 1

    fake.sleep = redriven  # type: ignore[method-assign]
    assert run(fake, **_aborted())["remaining"] == []
    assert fake.pauses == 2  # the second before the last look
    assert fake.calls == []


def test_the_end_of_a_redrive_is_cleaned_up_after(run: Any) -> None:
    fake = Fake({"TrainingJob": "InProgress"}, redrive_count=1)
    run(fake, **_aborted(redriveCount=1))
    assert fake.resources == {}


def test_the_regular_look_waits_for_nothing(run: Any) -> None:
    fake = Fake(_deployed("Creating"))
    assert len(run(fake)["remaining"]) == 3
    assert fake.pauses == 0
    (notice,) = fake.told
    assert notice["Subject"] == "Molino: leftovers were found"


@pytest.mark.parametrize("machine", ["machine", "machine-predict"])
def test_what_either_state_machine_still_runs_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    machines = "arn:aws:states:us-east-1:1:stateMachine"
    monkeypatch.setenv("STATE_MACHINE_ARNS", f"{machines}:machine {machines}:machine-predict")

    class Forgetful:
        class exceptions:  # noqa: N801 (as boto3 names it)
            ExecutionDoesNotExist = LookupError

        def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803
            if executionArn != f"arn:aws:states:us-east-1:1:execution:{machine}:ward-1":
                raise LookupError
            return {"status": "RUNNING"}

    monkeypatch.setattr(module, "step_functions_client", Forgetful)
    assert not module._is_over("ward-1")
    assert module._is_over("ward-2")
