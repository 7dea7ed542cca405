"""Stop and delete what one execution started; safe to repeat at any time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_ABSENT = ("Could not find", "does not exist", "not found", "RecordNotFound")
# States from which an endpoint can't be deleted; SageMaker answers "Cannot update in-progress".
_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")


@dataclass
class Outcome:
    """What is deleted, by this or an earlier attempt, and what remains with the reason."""

    deleted: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """Names of the resources; each may be None."""

    processing_job: str | None
    training_job: str | None
    tuning_job: str | None
    endpoint: str | None
    endpoint_config: str | None
    model: str | None


def tear_down(client: SageMakerClient, names: Names) -> Outcome:
    """Stop the jobs, delete endpoint, configuration and model, in that order, then look again.

    An error with one resource never keeps the others from being tried.
    """
    outcome = Outcome()
    if names.processing_job:
        _stop_job(client, "Processing", names.processing_job, outcome)
    if names.tuning_job:  # AWS stops the training jobs that it launched, too
        _stop_job(client, "HyperParameterTuning", names.tuning_job, outcome)
    if names.training_job:
        _stop_job(client, "Training", names.training_job, outcome)
    endpoint_is_busy = bool(names.endpoint) and _delete_endpoint(
        client, str(names.endpoint), outcome
    )
    if names.endpoint_config and endpoint_is_busy:
        # SageMaker forbids deleting the configuration of an endpoint that is being created.
        outcome.remaining.append(f"endpoint configuration {names.endpoint_config}: in use")
    elif names.endpoint_config:
        name = names.endpoint_config
        _delete(
            f"endpoint configuration {name}",
            lambda: client.describe_endpoint_config(EndpointConfigName=name),
            lambda: client.delete_endpoint_config(EndpointConfigName=name),
            outcome,
        )
    if names.model and endpoint_is_busy:
        outcome.remaining.append(f"model {names.model}: in use")
    elif names.model:
        model = names.model
        _delete(
            f"model {model}",
            lambda: client.describe_model(ModelName=model),
            lambda: client.delete_model(ModelName=model),
            outcome,
        )
    return outcome


def _stop_job(
    client: SageMakerClient,
    kind: Literal["HyperParameterTuning", "Processing", "Training"],
    name: str,
    outcome: Outcome,
) -> None:
    words = re.findall("[A-Z][a-z]+", kind)
    label, verb = f"{words[-1].lower()} job {name}", "_".join(words).lower() + "_job"
    named = {f"{kind}JobName": name}

    def status() -> str | None:
        describe = getattr(client, f"describe_{verb}")
        return _status(lambda: describe(**named), f"{kind}JobStatus", label, outcome)

    found = status()
    stop = getattr(client, f"stop_{verb}")
    if found == "InProgress" and _attempt(lambda: stop(**named), label, outcome):
        found = status()
        if found == "Stopped":
            outcome.deleted.append(label)
    if found in ("InProgress", "Stopping"):
        outcome.remaining.append(f"{label}: {found}")


def _delete_endpoint(client: SageMakerClient, name: str, outcome: Outcome) -> bool:
    """Delete the endpoint; return whether it is in a state that keeps its parts in use."""
    label = f"endpoint {name}"

    def status() -> str | None:
        return _status(
            lambda: client.describe_endpoint(EndpointName=name), "EndpointStatus", label, outcome
        )

    before = status()
    if before is None:
        if not _counted(label, outcome):
            outcome.deleted.append(label)
        return False
    if before in _BUSY:
        outcome.remaining.append(f"{label}: {before}")
        return True
    if before != "Deleting" and not _attempt(
        lambda: client.delete_endpoint(EndpointName=name), label, outcome
    ):
        return False
    after = status()
    if after is not None:
        outcome.remaining.append(f"{label}: {after}")
    if not _counted(label, outcome):
        outcome.deleted.append(label)
    return False


def _delete(
    label: str, describe: Callable[[], Any], delete: Callable[[], Any], outcome: Outcome
) -> None:
    """Delete and describe; the answer to the latter decides what to say."""
    if _exists(describe, label, outcome):
        if not _attempt(delete, label, outcome):
            return
        if _exists(describe, label, outcome):
            outcome.remaining.append(f"{label}: still there")
    if not _counted(label, outcome):
        outcome.deleted.append(label)


def _counted(label: str, outcome: Outcome) -> bool:
    return any(text.startswith(f"{label}:") for text in outcome.remaining)


def _status(describe: Callable[[], Any], key: str, label: str, outcome: Outcome) -> str | None:
    """Return a resource's status; None if it does not exist or can't be seen (then counted)."""
    try:
        return str(describe()[key])
    except (ClientError, BotoCoreError) as error:
        if not _is_absent(error):
            outcome.remaining.append(f"{label}: {_reason(error)}")
        return None


def _exists(describe: Callable[[], Any], label: str, outcome: Outcome) -> bool:
    """Tell whether a resource is there; one that can't be seen is counted as remaining."""
    try:
        describe()
    except (ClientError, BotoCoreError) as error:
        if not _is_absent(error):
            outcome.remaining.append(f"{label}: {_reason(error)}")
        return False
    return True


def _attempt(call: Callable[[], Any], label: str, outcome: Outcome) -> bool:
    """Make a call; return False, with the error counted, unless it worked or found nothing."""
    try:
        call()
    except (ClientError, BotoCoreError) as error:
        if not _is_absent(error):
            outcome.remaining.append(f"{label}: {_reason(error)}")
            return False
    return True


def _is_absent(error: Exception) -> bool:
    # SageMaker says "not found" as a ValidationException; only its text tells.
    return isinstance(error, ClientError) and any(
        text.lower() in str(error.response["Error"].get("Message", "")).lower()
        or error.response["Error"].get("Code") in ("ResourceNotFound", "ResourceNotFoundException")
        for text in _ABSENT
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name} answered {error.response['Error'].get('Code', 'an error')}"
    return type(error).__name__
