"""Teardown deletes in order, again and again, and never swallows an error.

The fake's answers and every request are checked against botocore's model of SageMaker.
"""

import datetime as dt
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from lambdas.shared.failures.errors import TeardownIncomplete
from lambdas.teardown import handler as module
from tests.lambdas.conftest import Context

NAMES = {
    "training_job_name": "job",
    "tuning_job_name": "search",
    "endpoint_name": "endpoint",
    "endpoint_config_name": "config",
    "model_name": "model",
}
_MODEL = boto3.client("sagemaker", "us-east-1").meta.service_model


class FakeSageMaker:
    """SageMaker's resources as a dict of kind → status (or None for absent)."""

    def __init__(self, **resources: str) -> None:
        self.resources = dict(resources)
        self.errors: dict[str, str] = {}
        self.calls: list[str] = []
        self.deleting_takes = 0

    def __getattr__(self, method: str) -> Any:
        operation = "".join(part.capitalize() for part in method.split("_"))

        def call(**parameters: Any) -> Any:
            shape = _MODEL.operation_model(operation).input_shape
            report = ParamValidator().validate(parameters, shape)
            assert not report.has_errors(), report.generate_report()
            self.calls.append(operation)
            if operation in self.errors:
                raise self._error(operation, self.errors[operation], "SECRET")
            return self._answer(operation)

        return call

    @staticmethod
    def _error(operation: str, code: str, message: str) -> ClientError:
        return ClientError({"Error": {"Code": code, "Message": message}}, operation)

    def _answer(self, operation: str) -> dict[str, Any]:
        verb = next(v for v in ("Describe", "Delete", "Stop") if operation.startswith(v))
        kind = operation.removeprefix(verb)
        if kind not in self.resources:
            text = f'Could not find {kind} "arn:aws:sagemaker:us-east-1:1:x/y".'
            raise self._error(operation, "ValidationException", text)
        if verb == "Describe":
            return self._describe(kind)
        if verb == "Stop":
            self.resources[kind] = "Stopped"
        elif kind == "Endpoint" and self.resources[kind] == "Creating":
            raise self._error(
                operation, "ValidationException", "Cannot update in-progress endpoint"
            )
        elif kind == "Endpoint" and self.deleting_takes:
            self.resources[kind] = "Deleting"
        else:
            del self.resources[kind]
        return {}

    def _describe(self, kind: str) -> dict[str, Any]:
        status = self.resources[kind]
        answer = {f"{kind}Status": status}
        if status == "Deleting":
            self.deleting_takes -= 1
            if self.deleting_takes <= 0:
                del self.resources[kind]
        return answer | {"CreationTime": dt.datetime.now(dt.UTC)}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run_with(client: FakeSageMaker, retries: int = 0, **names: str | None) -> dict[str, Any]:
        monkeypatch.setattr(module, "sagemaker_client", lambda: client)
        return module.handler(NAMES | names | {"retries": retries}, Context())

    return run_with


def everything(**other: str) -> FakeSageMaker:
    resources = {
        "TrainingJob": "Completed",
        "Endpoint": "InService",
        "EndpointConfig": "-",
        "Model": "-",
    }
    return FakeSageMaker(**(resources | other))


def test_deletes_in_order_and_looks_again(run: Any) -> None:
    client = everything()
    answer = run(client)
    deletions = [call for call in client.calls if call.startswith("Delete")]
    assert deletions == ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"]
    assert client.calls[-1] == "DescribeModel"
    assert client.resources == {"TrainingJob": "Completed"}
    assert answer == {
        "deleted": ["endpoint endpoint", "endpoint configuration config", "model model"],
        "remaining": [],
    }


def test_a_retry_changes_nothing_and_says_the_same(run: Any) -> None:
    client = everything()
    first = run(client)
    client.calls.clear()
    assert run(client, retries=1) == first
    assert not [call for call in client.calls if call.startswith(("Delete", "Stop"))]


def test_what_never_was_is_not_told_as_deleted(run: Any) -> None:
    client = FakeSageMaker(TrainingJob="Completed", Model="-")
    assert run(client) == {"deleted": ["model model"], "remaining": []}
    assert [call for call in client.calls if call.startswith("Delete")] == ["DeleteModel"]


def test_nothing_was_started(run: Any) -> None:
    client = FakeSageMaker()
    answer = run(client, **dict.fromkeys(NAMES))
    assert answer == {"deleted": [], "remaining": []}
    assert client.calls == []


@pytest.mark.parametrize("kind", ["Processing", "Training"])
def test_a_running_job_is_stopped(run: Any, kind: str) -> None:
    client = everything(**{f"{kind}Job": "InProgress"})
    found = run(client, processing_job_name="job")
    assert f"{kind.lower()} job job" in found["deleted"]
    assert client.resources[f"{kind}Job"] == "Stopped"


def test_a_running_search_is_stopped_before_its_jobs(run: Any) -> None:
    client = everything(TrainingJob="InProgress", HyperParameterTuningJob="InProgress")
    answer = run(client)
    assert answer["deleted"][:2] == ["tuning job search", "training job job"]
    stops = [call for call in client.calls if call.startswith("Stop")]
    assert stops == ["StopHyperParameterTuningJob", "StopTrainingJob"]


def test_a_search_that_still_stops_its_jobs_is_waited_for(run: Any) -> None:
    with pytest.raises(TeardownIncomplete, match=r"[Tt]uning job search: Stopping"):
        run(everything(HyperParameterTuningJob="Stopping"))


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Completed"])
def test_an_ended_job_is_left_alone(run: Any, status: str) -> None:
    client = everything(TrainingJob=status)
    run(client)
    assert "StopTrainingJob" not in client.calls


@pytest.mark.parametrize("status", ["Stopping"])
def test_a_stopping_job_is_waited_for(run: Any, status: str) -> None:
    client = everything(TrainingJob=status)
    with pytest.raises(TeardownIncomplete, match=r"[Tt]raining job job: Stopping"):
        run(client)
    assert "Endpoint" not in client.resources  # the rest is deleted all the same


def test_an_endpoint_in_creation_keeps_its_parts_and_is_told(run: Any) -> None:
    client = everything(Endpoint="Creating")
    with pytest.raises(TeardownIncomplete) as caught:
        run(client)
    assert len(caught.value.details) == 3
    assert "DeleteEndpointConfig" not in client.calls
    client.resources["Endpoint"] = "InService"
    assert len(run(client)["deleted"]) == 3


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_a_broken_endpoint_is_deleted(run: Any, status: str) -> None:
    client = everything(Endpoint=status)
    run(client)
    assert "Endpoint" not in client.resources


def test_an_endpoint_being_deleted_is_not_done_yet(run: Any) -> None:
    client = everything()
    client.deleting_takes = 2  # looks until it is gone
    with pytest.raises(TeardownIncomplete, match="Deleting"):
        run(client)
    assert client.resources.keys() == {"TrainingJob", "Endpoint"}
    with pytest.raises(TeardownIncomplete, match="Deleting"):
        run(client, retries=1)
    assert len(run(client, retries=2)["deleted"]) == 3


@pytest.mark.parametrize(
    "operation",
    [
        *("DescribeTrainingJob", "DescribeEndpoint", "DeleteEndpoint"),
        *("DescribeEndpointConfig", "DeleteEndpointConfig", "DescribeModel", "DeleteModel"),
    ],
)
def test_every_error_counts_and_stops_nothing_else(run: Any, operation: str) -> None:
    client = everything()
    client.errors[operation] = "ThrottlingException"
    with pytest.raises(TeardownIncomplete) as caught:
        run(client)
    assert f"{operation} answered ThrottlingException" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert len(caught.value.details) == 1
    touched = {"Endpoint", "EndpointConfig", "Model"} - client.resources.keys()
    assert len(touched) >= 2
    client.errors.clear()
    assert run(client)["remaining"] == []


def test_a_job_that_can_not_be_stopped_keeps_nothing_else(run: Any) -> None:
    client = everything()
    client.errors["StopTrainingJob"] = "AccessDeniedException"
    client.resources["TrainingJob"] = "InProgress"
    with pytest.raises(TeardownIncomplete) as caught:
        run(client)
    assert [*client.resources] == ["TrainingJob"]
    assert len(caught.value.details) == 1
