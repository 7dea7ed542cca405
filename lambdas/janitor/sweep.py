"""Find what is left of executions that are over, by tag, and end it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.janitor.kinds import KINDS, Kind

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

PREFIX = "molino-"  # lambdas/shared/names.py begins every name so
EXECUTION_TAG, KEEP_TAG, STACK_TAG = "molino:execution", "molino:keep", "molino:stack"
_ENDING = "Deleting"


@dataclass(frozen=True)
class Leftover:
    """One resource that is there."""

    kind: Kind
    name: str
    arn: str
    tags: Mapping[str, str]

    @property
    def label(self) -> str:
        """Kind and name, for people."""
        return f"{self.kind.label} {self.name}"


@dataclass
class Swept:
    """What was ended, and what could not be, with the reason."""

    deleted: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)


def leftovers(
    client: SageMakerClient,
    stack: str,
    is_over: Callable[[str], bool],
    created_before: dt.datetime | None = None,
) -> Iterator[Leftover]:
    """Yield what a stack's executions left, in the order in which it must be ended.

    Parameters
    ----------
    stack : str
        Name of the stack; what bears another stack's tag, or none, is not ours.
    is_over : callable
        Tells by an execution's name whether it can't need its resources any more.
    created_before : datetime.datetime, optional
        Younger resources are left alone.
    """
    for kind in KINDS:
        for found in _listed(client, kind, created_before):
            name, arn = found[kind.name], found[kind.arn]
            if not name.startswith(PREFIX) or found.get(kind.status) == _ENDING:
                continue
            tags = {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}
            if tags.get(STACK_TAG) != stack or KEEP_TAG in tags:
                continue
            if is_over(tags.get(EXECUTION_TAG, "")):
                yield Leftover(kind, name, arn, tags)


def _listed(
    client: SageMakerClient, kind: Kind, created_before: dt.datetime | None
) -> Iterator[dict[str, Any]]:
    filters: dict[str, Any] = {"NameContains": PREFIX}
    if created_before is not None:
        filters["CreationTimeBefore"] = created_before
    paginator: Any = client.get_paginator(kind.list_operation)  # type: ignore[call-overload]
    for status in kind.statuses or (None,):
        chosen = {"StatusEquals": status} if status else {}
        for page in paginator.paginate(**filters, **chosen):
            yield from page[kind.member]


def end(client: SageMakerClient, found: list[Leftover]) -> Swept:
    """Delete or stop every one; a failure with one never keeps the others from being tried."""
    swept = Swept()
    for leftover in found:
        try:
            operation = getattr(client, leftover.kind.end_operation)
            operation(**{leftover.kind.name: leftover.name})
        except ClientError as error:
            swept.remaining.append(f"{leftover.label}: {error.response['Error']['Code']}")
        else:
            swept.deleted.append(leftover.label)
    return swept
