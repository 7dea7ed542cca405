"""Step Functions' EMR Serverless integrations, optimized (``.sync``) and aws-sdk, run locally.

By the developer guide ("Create and manage Amazon EMR Serverless applications with Step Functions"):
members are named with a capital first, ``startJobRun.sync`` waits for the state SUCCESS, and a job
run that ends otherwise fails the task with its description. What the task answers differs from the
API's answers in ways that AWS does not list, so who relies on it alone can't be sure. The aws-sdk
integration answers as the API does, with capitals, and names errors by the second Java SDK.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.permissions import task_operation
from localcloud.sagemaker_tasks import TaskError, wire
from localemr import LocalEmrServerless
from localemr.core import SERVICE
from localsagemaker import ApiError
from localsagemaker.validation import service_model

_POLL_SECONDS = 0.1
_MODELLED = {
    "ConflictException",
    "InternalServerException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ValidationException",
}


def run_task(
    core: LocalEmrServerless,
    resource: str,
    arguments: dict[str, Any],
    still_running: Callable[[], bool],
    token: str,
) -> dict[str, Any]:
    """Run one EMR Serverless task state.

    Parameters
    ----------
    resource
        The state's ``Resource``: ``arn:aws:states:::emr-serverless:startJobRun.sync``.
    still_running
        False once the execution was stopped: the job run is then cancelled too, as AWS does.
    token
        Of this try of the state: a resumed one starts no second job run.

    Raises
    ------
    TaskError
        For a job run that did not succeed ``States.TaskFailed`` and its description as the cause.
    """
    _, operation = task_operation(resource)
    optimized = ":aws-sdk:" not in resource
    request = renamed(operation, arguments, str.lower)
    if operation == "StartJobRun":
        request = {"clientToken": token} | request
    response = _call(core, operation, request, optimized=optimized)
    if ".sync" in resource and operation == "StartJobRun":
        named = {name: response[name] for name in ("applicationId", "jobRunId")}
        response = _wait(core, named, still_running)
    found: dict[str, Any] = wire(capitalised(response), milliseconds=optimized)
    return found


def _call(
    core: LocalEmrServerless, operation: str, request: dict[str, Any], *, optimized: bool = True
) -> dict[str, Any]:
    try:
        return core.call(operation, request)
    except ApiError as error:
        refused = refusal(error.message, error.code, error.status, optimized=optimized)
        raise TaskError(*refused) from None


def refusal(message: str, code: str, status: int, *, optimized: bool) -> tuple[str, str]:
    """Return name and cause that Step Functions gives a refused call."""
    cause = f"{message} (Service: EmrServerless, Status Code: {status})"
    if optimized:
        return f"EMRServerless.{code}", cause
    return f"EmrServerless.{code if code in _MODELLED else 'EmrServerlessException'}", cause


def _wait(
    core: LocalEmrServerless, named: dict[str, Any], still_running: Callable[[], bool]
) -> dict[str, Any]:
    while True:
        run: dict[str, Any] = _call(core, "GetJobRun", named)["jobRun"]
        if run["state"] == "SUCCESS":
            return run
        if run["state"] in {"FAILED", "CANCELLED"}:
            cause = wire(capitalised(run), milliseconds=True)
            raise TaskError("States.TaskFailed", json.dumps(cause))
        if not still_running():
            _call(core, "CancelJobRun", named)
            raise TaskError("States.TaskFailed", "The execution was stopped.")
        time.sleep(_POLL_SECONDS)


def renamed(
    operation: str, arguments: Mapping[str, Any], change: Callable[[str], str]
) -> dict[str, Any]:
    """Return a request with the first letter of each member changed; keys of maps stay."""
    found: dict[str, Any] = _renamed(
        service_model(SERVICE).operation_model(operation).input_shape, arguments, change
    )
    return found


def _renamed(shape: Any, value: Any, change: Callable[[str], str]) -> Any:
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and isinstance(value, Mapping):
        names = {name: change(name[0]) + name[1:] for name in value}
        return {
            new: _renamed(shape.members.get(new), value[old], change) for old, new in names.items()
        }
    if kind == "map" and isinstance(value, Mapping):
        return {key: _renamed(shape.value, item, change) for key, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_renamed(shape.member, item, change) for item in value]
    return value


def capitalised(value: Any) -> Any:
    """Return an answer with capitals at the beginning of its members."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: capitalised(item) for key, item in value.items()}
    return [capitalised(item) for item in value] if isinstance(value, list) else value
