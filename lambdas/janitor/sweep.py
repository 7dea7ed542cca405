"""Find what is left of executions that are over, by tag, and end it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.entry import remaining_seconds
from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.job_runs import CANCELLING, JobRuns
from lambdas.shared.names.legal import PREFIX
from lambdas.shared.names.resource_kinds import BUSY, KINDS, Kind

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

# What serves a champion has the second, which deployed endpoints have had by this name.
EXECUTION_TAG, SERVES_TAG, STACK_TAG = "molino:execution", "molino:keep", "molino:stack"
_ENDING = "Deleting"


@dataclass(frozen=True)
class Leftover:
    """One resource that is there."""

    kind: Kind | JobRuns
    name: str
    status: str
    tags: Mapping[str, str]

    @property
    def label(self) -> str:
        """Kind and name, for people."""
        return f"{self.kind.label} {self.name}"


@dataclass
class Swept:
    """What was ended, and what could not be, with the reason.

    Parameters
    ----------
    waits
        Whether an endpoint remains only because it is being created.
    """

    deleted: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    waits: bool = False


def leftovers(
    client: SageMakerClient,
    stack: str,
    is_over: Callable[[str], bool],
    created_before: dt.datetime | None = None,
    runs: JobRuns | None = None,
) -> Iterator[Leftover]:
    """Yield what a stack's executions left, in the order in which it must be ended.

    Parameters
    ----------
    stack : str
        Name of the stack; what bears another stack's tag, or none, is not ours.
    is_over : callable
        Tells by an execution's name whether it can't need its resources any more; asked of each
        resource directly before it is yielded.
    created_before : datetime.datetime, optional
        Younger resources are left alone.
    runs : JobRuns, optional
        Spark jobs, if the stack can have any.
    """
    if runs:
        yield from _spark_jobs(runs, stack, is_over, created_before)
    for kind in KINDS:
        # Listed to its end first: what is deleted meanwhile would shift the pages.
        for found, tags in list(_ours(client, stack, kind, created_before)):
            if is_over(tags.get(EXECUTION_TAG, "")):
                yield Leftover(kind, found[kind.name], found.get(kind.status, ""), tags)


def _spark_jobs(
    runs: JobRuns,
    stack: str,
    is_over: Callable[[str], bool],
    created_before: dt.datetime | None,
) -> Iterator[Leftover]:
    filters: dict[str, Any] = {"createdAtBefore": created_before} if created_before else {}
    for found in list(runs.under_way(**filters)):
        tags = runs.tags(found)
        ours = tags.get(STACK_TAG) == stack and found["state"] != CANCELLING
        if ours and is_over(tags.get(EXECUTION_TAG, "")):
            yield Leftover(runs, found["name"], found["state"], tags)


def endpoint_ages(client: SageMakerClient, stack: str) -> list[float]:
    """Return the age in seconds of each of a stack's endpoints but those that serve champions."""
    now = dt.datetime.now(dt.UTC)
    (kind,) = (kind for kind in KINDS if kind.resource == "Endpoint")
    found = _ours(client, stack, kind, None)
    return [(now - each["CreationTime"]).total_seconds() for each, _ in found]


def _ours(
    client: SageMakerClient, stack: str, kind: Kind, created_before: dt.datetime | None
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield what bears the stack's tag and does not serve a champion, with its tags."""
    for found in _listed(client, kind, created_before):
        if not found[kind.name].startswith(PREFIX) or found.get(kind.status) == _ENDING:
            continue
        tags = _tags(client, found[kind.arn])
        if tags.get(STACK_TAG) == stack and SERVES_TAG not in tags:
            yield found, tags


def _tags(client: SageMakerClient, arn: str) -> dict[str, str]:
    """Return a resource's tags; none of what was deleted since it was listed."""
    try:
        return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}
    except client.exceptions.ResourceNotFound:
        return {}


def _listed(
    client: SageMakerClient, kind: Kind, created_before: dt.datetime | None
) -> Iterator[dict[str, Any]]:
    filters: dict[str, Any] = {"NameContains": PREFIX}
    if created_before is not None:
        filters["CreationTimeBefore"] = created_before
    if kind.is_job:
        filters["StatusEquals"] = "InProgress"
    return kind.list(client, **filters)


def end(client: SageMakerClient, found: Iterable[Leftover]) -> Swept:
    """Delete or stop every one; a failure with one never keeps the others from being tried.

    An endpoint that is being created can't be deleted yet, and SageMaker forbids deleting what it
    is made of before it.
    """
    swept, busy = Swept(), set()
    for leftover in found:
        execution = leftover.tags.get(EXECUTION_TAG)
        if leftover.status in BUSY:
            busy.add(execution)
            swept.waits = True
            swept.remaining.append(f"{leftover.label}: {leftover.status}")
        elif leftover.kind.is_part and execution in busy:
            swept.remaining.append(f"{leftover.label}: in use")
        else:
            _end_one(client, leftover, swept)
    return swept


def _end_one(client: SageMakerClient, leftover: Leftover, swept: Swept) -> None:
    try:
        leftover.kind.end(client, leftover.name)
    except ClientError as error:
        if not is_absent(error):
            swept.remaining.append(f"{leftover.label}: {error.response['Error']['Code']}")
    else:
        swept.deleted.append(leftover.label)


_PAUSE_SECONDS = 10
_SETTLED_SECONDS = 5  # by then, what was being created when the execution was stopped is there
_LAST_CHECK_SECONDS = (
    60  # of Lambda's time, for the check after the last pause and the notification
)
_REFUSALS = 3  # what is refused so often will not be granted within minutes


def end_all(client: SageMakerClient, find: Callable[[], Iterable[Leftover]]) -> Swept:
    """Find and end, until a search finds nothing more, and a later one neither.

    An endpoint that is being created takes some minutes until it can be deleted. They are waited
    for here, as long as Lambda allows: were the invocation to fail, Lambda's two retries would come
    after one and two minutes, mostly too early, and each would notify again.

    Returns
    -------
    Swept
        All that was ended; what remains after the last search.
    """
    deleted: list[str] = []
    refusals, is_settled = 0, False
    while True:
        swept = end(client, find())
        news = [label for label in swept.deleted if label not in deleted]
        deleted += news
        if not swept.remaining:
            if is_settled and not news:
                return Swept(deleted)
            if not is_settled:
                sleep(_SETTLED_SECONDS)
            is_settled = True
            continue
        refusals += not swept.waits
        if refusals == _REFUSALS or remaining_seconds() < _PAUSE_SECONDS + _LAST_CHECK_SECONDS:
            return Swept(deleted, swept.remaining)
        sleep(_PAUSE_SECONDS)
