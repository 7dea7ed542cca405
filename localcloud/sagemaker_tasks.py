"""Step Functions' SageMaker integrations, optimized (``.sync``) and aws-sdk, run locally.

Error names follow Step Functions: modelled SageMaker errors keep their name with the suffix
"Exception"; all others are ``SageMaker.SageMakerException`` (aws-sdk) or
``SageMaker.AmazonSageMakerException`` (optimized, which runs on the first Java SDK).
"""

import json
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from localcloud.permissions import task_operation
from localsagemaker import ApiError, LocalSageMaker

_MODELLED = {
    "ConflictException",
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ResourceNotFound",
}
_POLL_SECONDS = 0.1
# operation → (Describe operation, its name member, its status member)
_JOBS = {
    "CreateTrainingJob": ("DescribeTrainingJob", "TrainingJobName", "TrainingJobStatus"),
    "CreateProcessingJob": ("DescribeProcessingJob", "ProcessingJobName", "ProcessingJobStatus"),
    "CreateTransformJob": ("DescribeTransformJob", "TransformJobName", "TransformJobStatus"),
    "CreateHyperParameterTuningJob": (
        "DescribeHyperParameterTuningJob",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
    ),
}


class TaskError(Exception):
    """A task state's failure: Step Functions' ``Error`` and ``Cause``."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


def run_task(
    core: LocalSageMaker,
    resource: str,
    arguments: dict[str, Any],
    still_running: Callable[[], bool],
    *,
    resumed: bool = False,
) -> dict[str, Any]:
    """Run one SageMaker task state.

    Parameters
    ----------
    resource
        The state's ``Resource``, for example ``arn:aws:states:::sagemaker:createTrainingJob.sync``.
    still_running
        False once the execution was stopped: the job is then stopped too, as AWS does.
    resumed
        Whether the state was begun before: a job of the name is then the one to wait for.

    Raises
    ------
    TaskError
        With AWS's error name; for a job that did not complete, ``States.TaskFailed`` and the
        job's description as the cause.
    """
    optimized = ":aws-sdk:" not in resource
    _, operation = task_operation(resource)
    response: dict[str, Any] = {}
    if not (resumed and ".sync" in resource and _exists(core, operation, arguments)):
        response = _call(core, operation, arguments, optimized=optimized)
    if ".sync" in resource:
        response = _wait_for_job(core, operation, arguments, still_running)
    answer: dict[str, Any] = wire(response, milliseconds=optimized)
    return answer


def error_name(code: str, *, optimized: bool) -> str:
    """Return the error name that Step Functions gives a SageMaker error code."""
    if code in _MODELLED:
        return f"SageMaker.{code.removesuffix('Exception')}Exception"
    return "SageMaker.AmazonSageMakerException" if optimized else "SageMaker.SageMakerException"


def error_cause(message: str, code: str, status: int, *, optimized: bool) -> str:
    """Return the cause text that Step Functions gives, in the shape of the SDK behind it."""
    request = uuid.uuid4()
    if optimized:
        return (
            f"{message} (Service: AmazonSageMaker; Status Code: {status}; "
            f"Error Code: {code}; Request ID: {request}; Proxy: null)"
        )
    return f"{message} (Service: SageMaker, Status Code: {status}, Request ID: {request})"


def _call(
    core: LocalSageMaker, operation: str, arguments: dict[str, Any], *, optimized: bool
) -> dict[str, Any]:
    try:
        return core.call(operation, arguments)
    except ApiError as error:
        raise TaskError(
            error_name(error.code, optimized=optimized),
            error_cause(error.message, error.code, error.status, optimized=optimized),
        ) from None


def _exists(core: LocalSageMaker, operation: str, arguments: dict[str, Any]) -> bool:
    describe, name_member, _ = _JOBS[operation]
    try:
        core.call(describe, {name_member: arguments[name_member]})
    except ApiError:
        return False
    return True


def _wait_for_job(
    core: LocalSageMaker,
    operation: str,
    arguments: dict[str, Any],
    still_running: Callable[[], bool],
) -> dict[str, Any]:
    describe, name_member, status_member = _JOBS[operation]
    name = {name_member: arguments[name_member]}
    while True:
        # First, as AWS stops the job at once, however soon somebody else does.
        if not still_running():
            _call(core, operation.replace("Create", "Stop", 1), name, optimized=True)
            raise TaskError("States.TaskFailed", "The execution was stopped.")
        job = _call(core, describe, name, optimized=True)
        if job[status_member] == "Completed":
            return job
        if job[status_member] in {"Failed", "Stopped"}:
            raise TaskError("States.TaskFailed", json.dumps(wire(job, milliseconds=True)))
        time.sleep(_POLL_SECONDS)


def wire(value: Any, *, milliseconds: bool) -> Any:
    """Turn timestamps into what Step Functions returns: epoch ms (optimized) or ISO 8601."""
    if isinstance(value, dict):
        return {key: wire(item, milliseconds=milliseconds) for key, item in value.items()}
    if isinstance(value, list):
        return [wire(item, milliseconds=milliseconds) for item in value]
    if isinstance(value, datetime):
        if milliseconds:
            return int(value.timestamp() * 1000)
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
