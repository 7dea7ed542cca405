"""Executions: which there were, which run, and how those are stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lambdas.admission.turn import dataset_part
from lambdas.janitor.sweep import end, leftovers
from lambdas.shared.names.legal import PREFIX, resource_name, tuning_name
from lambdas.shared.names.resource_kinds import KINDS, UNDER_WAY
from operate.removal.account import Stack
from operate.removal.items import RemovalError

_STOP_SECONDS, _POLL_SECONDS = 900, 2.0
_QUIET_LOOKS = 4  # by then, what was being created when its execution was stopped is there


@dataclass(frozen=True)
class Execution:
    """An execution that Step Functions knows."""

    arn: str
    name: str
    running: bool

    @property
    def dataset(self) -> str:
        """What stands for its dataset in paths."""
        return dataset_part(self.name)


def executions(stack: Stack) -> list[Execution]:
    """Return every execution of the last 90 days, and all that run."""
    pages = stack.client("stepfunctions").get_paginator("list_executions")
    return [
        Execution(found["executionArn"], found["name"], found["status"] == "RUNNING")
        for machine in stack.state_machines
        for page in pages.paginate(stateMachineArn=machine)
        for found in page["executions"]
    ]


def owner_of(names: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether a SageMaker name was made for one of these executions."""
    bases = {
        make(dataset_part(name), name) for name in names for make in (resource_name, tuning_name)
    }

    def is_ours(name: str) -> bool:
        parts = name.split("-")
        return any("-".join(parts[:length]) in bases for length in range(2, len(parts) + 1))

    return is_ours


def stop(stack: Stack, running: Iterable[Execution]) -> None:
    """Stop executions, and what they have started at SageMaker; wait until that has ended.

    A job that is being stopped still writes its model: only once it has ended is nothing added.

    Raises
    ------
    RemovalError
        If something still runs after 15 minutes.
    """
    stopped = list(running)
    for execution in stopped:
        stack.client("stepfunctions").stop_execution(executionArn=execution.arn)
    names, sagemaker = {execution.name for execution in stopped}, stack.client("sagemaker")
    deadline, quiet = time.monotonic() + _STOP_SECONDS, 0
    while True:
        end(sagemaker, leftovers(sagemaker, stack.name, names.__contains__))
        left = _under_way(sagemaker, owner_of(names))
        quiet = 0 if left else quiet + 1
        if quiet == _QUIET_LOOKS:
            return
        if time.monotonic() > deadline:
            raise RemovalError(f"still running: {', '.join(left)}")
        time.sleep(_POLL_SECONDS)


def _under_way(sagemaker: Any, is_ours: Callable[[str], bool]) -> list[str]:
    """Return the names of jobs that have not ended, and of endpoints that are there."""
    found = []
    for kind in KINDS:
        for status in UNDER_WAY if kind.is_job else (None,):
            given = {"NameContains": PREFIX} | ({"StatusEquals": status} if status else {})
            found += [item[kind.name] for item in kind.list(sagemaker, **given)]
    return [name for name in found if is_ours(name)]
