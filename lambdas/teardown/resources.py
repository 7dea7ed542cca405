"""Stop and delete what one execution started; safe to repeat at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.job_runs import JobRuns
from lambdas.shared.names.resource_kinds import BUSY, KINDS, UNDER_WAY, Kind

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_ENDING = ("Stopping", "Deleting")


@dataclass
class Outcome:
    """What is deleted or stopped, and what remains with the reason."""

    deleted: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)


def tear_down(client: SageMakerClient, names: Mapping[str, str | None], retries: int) -> Outcome:
    """Stop the jobs, delete endpoint, configuration and model, in that order, then check again.

    An error with one resource never keeps the others from being tried.

    Parameters
    ----------
    names : mapping
        Kind's label → name of what may exist; None: it does not.
    retries : int
        How many attempts failed before this one: what they have deleted counts as deleted, too.
    """
    outcome, is_busy = Outcome(), False
    for kind in KINDS:
        name = names[kind.label]
        label = f"{kind.label} {name}"
        if name is None:
            continue
        if kind.is_part and is_busy:
            # SageMaker forbids deleting what an endpoint that is being created is made of.
            outcome.remaining.append(f"{label}: in use")
            continue
        try:
            before = _status(client, kind, name)
            after = _end(client, kind, name, before)
        except (ClientError, BotoCoreError) as error:
            outcome.remaining.append(f"{label}: {_reason(error)}")
            continue
        is_busy = is_busy or after in BUSY
        if after:
            outcome.remaining.append(f"{label}: {after}")
        elif before or (retries and not kind.is_job):
            outcome.deleted.append(label)
    return outcome


def cancel(runs: JobRuns, name: str, outcome: Outcome) -> None:
    """Cancel the Spark jobs of a name, then check again, and add to what is known."""
    label = f"{runs.label} {name}"
    try:
        before = list(runs.under_way(name))
        runs.end(None, name)
        after = list(runs.under_way(name))
    except (ClientError, BotoCoreError) as error:
        outcome.remaining.append(f"{label}: {_reason(error)}")
        return
    if after:
        outcome.remaining.append(f"{label}: {after[0]['state']}")
    elif before:
        outcome.deleted.append(label)


def _end(client: SageMakerClient, kind: Kind, name: str, before: str) -> str:
    """Stop or delete what is there, as far as it can be; return what `_status` says then."""
    if not before or before in (*BUSY, *_ENDING):
        return before
    try:
        kind.end(client, name)
    except ClientError as error:
        if not is_absent(error):
            raise
    return _status(client, kind, name)


def _status(client: SageMakerClient, kind: Kind, name: str) -> str:
    """Return a resource's status; empty for what is not there, and for a job that has ended."""
    try:
        found = kind.describe(client, name)
    except ClientError as error:
        if not is_absent(error):
            raise
        return ""
    status = str(found[kind.status]) if kind.status else "still there"
    return "" if kind.is_job and status not in UNDER_WAY else status


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name} answered {error.response['Error'].get('Code', 'an error')}"
    return type(error).__name__
