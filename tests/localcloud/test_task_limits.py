"""Requests and data that Step Functions itself refuses, and that no ``States.ALL`` catches."""

from typing import Any

import botocore.session
import pytest

from localcloud import task_limits
from localcloud.ministack_internals import stepfunctions
from localcloud.task_limits import FIELDS, MOST_BYTES, refuse_large, refuse_unknown_fields
from tests.infra.workflow.definition import deployed, tasks

TRAIN = "arn:aws:states:::sagemaker:createTrainingJob.sync"
TUNE = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"
TRANSFORM = "arn:aws:states:::sagemaker:createTransformJob.sync"
REFUSED = [
    (TRAIN, {"TrainingJobName": "a", "RetryStrategy": {}}, "RetryStrategy"),
    (TRAIN.replace("aws", "aws-cn", 1), {"CheckpointConfig": {}}, "CheckpointConfig"),
    (TUNE, {"TrainingJobDefinition": {"EnableManagedSpotTraining": True}}, "EnableManagedSpot"),
    (TRANSFORM, {"TransformJobName": "a", "DataCaptureConfig": {}}, "DataCaptureConfig"),
    ("arn:aws:states:::lambda:invoke.waitForTaskToken", {"TaskToken": "t"}, "TaskToken"),
]
ACCEPTED = [
    (TRAIN, {"TrainingJobName": "a", "EnableNetworkIsolation": True}),
    (TUNE, {"TrainingJobDefinition": {"StoppingCondition": {}}}),
    (TRANSFORM, {"TransformJobName": "a", "DataProcessing": {}, "ModelClientConfig": {}}),
    # These take whatever the service's API takes.
    ("arn:aws:states:::aws-sdk:sagemaker:createTrainingJob", {"RetryStrategy": {}}),
]


@pytest.mark.parametrize(("resource", "arguments", "field"), REFUSED)
def test_unknown_fields_end_the_execution(
    resource: str, arguments: dict[str, Any], field: str
) -> None:
    with pytest.raises(stepfunctions.ExecutionError) as caught:
        refuse_unknown_fields(resource, arguments)
    assert caught.value.error == "States.Runtime"
    assert f'The field "{field}' in caught.value.cause
    assert "is not supported by Step Functions" in caught.value.cause


@pytest.mark.parametrize(("resource", "arguments"), ACCEPTED)
def test_known_fields_are_taken(resource: str, arguments: dict[str, Any]) -> None:
    refuse_unknown_fields(resource, arguments)


def test_every_field_is_one_of_the_services() -> None:
    session = botocore.session.get_session()
    for integration, fields in FIELDS.items():
        service, verb = integration.split(":")
        shape = session.get_service_model(service).operation_model(verb[:1].upper() + verb[1:])
        assert set(fields) <= set(shape.input_shape.members), integration


def test_every_optimized_integration_of_the_definition_is_known() -> None:
    used = {
        state["Resource"].rpartition(":states:::")[2].split(".")[0]
        for _, state in tasks(deployed())
    }
    assert {each for each in used if not each.startswith("aws-sdk:")} <= FIELDS.keys()


def test_data_above_the_quota_is_refused() -> None:
    overhead = len('{"a":""}')
    refuse_large({"a": "x" * (MOST_BYTES - overhead)}, "It")
    with pytest.raises(stepfunctions.ExecutionError) as caught:
        refuse_large({"a": "ü" * (MOST_BYTES // 2)}, "It")  # bytes count, not letters
    assert caught.value.error == "States.DataLimitExceeded"


def test_nothing_catches_what_ends_an_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepfunctions, "error_matches", stepfunctions.error_matches)
    task_limits.install()
    everything = ["States.ALL", "States.TaskFailed"]
    assert stepfunctions.error_matches(everything, "SageMaker.SageMakerException")
    for terminal in ("States.Runtime", "States.DataLimitExceeded"):
        assert not stepfunctions.error_matches(everything, terminal)
        assert stepfunctions.error_matches([terminal], terminal)
