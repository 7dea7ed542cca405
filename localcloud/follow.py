"""Follow an execution: find it by its upload, name its stages, time them."""

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from localcloud.cloud import Cloud

_POLL_SECONDS = 0.2
_UNWATCHED_POLL_SECONDS = 0.5  # where only the end is waited for
_STAGES = {
    "Preprocess upload": "preprocess",
    "Run processing job": "preprocess",
    "Read processing result": "preprocess",
    "Look for a reason": "reason",
    "Create training job": "train",
    "Create tuning job": "tune",
    "Create model": "deploy",
    "Create endpoint configuration": "deploy",
    "Create endpoint": "deploy",
    "Wait for endpoint": "deploy",
    "Describe endpoint": "deploy",
    "Delete failed endpoint": "deploy",
    "Measure on test rows": "evaluate",
    "Delete endpoint and jobs": "teardown",
    "Decide on promotion": "gate",
    "Ask for approval": "approval",
    "Record approval": "gate",
    "Serve champion": "serve",
    "Wait for serving endpoint": "serve",
    "Write report": "report",
    "Read rows": "read rows",
    "Run reading job": "read rows",
    "Wait for reading capacity": "read rows",
    "Fetch reading result": "read rows",
    "Run transform job": "transform",
    "Wait for transform capacity": "transform",
    "Delete model and job": "teardown",
    "Join answers": "join",
    "Run joining job": "join",
    "Wait for joining capacity": "join",
    "Fetch joining result": "join",
    "Read what happened": "compare",
    "Write result": "report",
    "Notify people": "notify",
    "Notify programs": "notify",
}
# A champion goes, before anything is trained, through the stages of a candidate.
_OF_CHAMPION = {"deploy": "preprocess", "evaluate": "champion", "teardown": "champion"}


class ExecutionNotStartedError(RuntimeError):
    """No execution appeared for an upload within the limit."""


@dataclass(frozen=True)
class Ended:
    """A finished execution; `stages` maps each stage to its seconds, in order of entry."""

    arn: str
    name: str
    status: str
    error: str | None
    cause: str | None
    stages: dict[str, float]


def wait_for_execution(cloud: Cloud, state_machine: str, name: str, limit_seconds: float) -> str:
    """Return the ARN of the execution of a name, once it has started.

    Raises
    ------
    ExecutionNotStartedError
        When it has not within ``limit_seconds``.
    """
    states = cloud.client("stepfunctions")
    arn = f"{state_machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        try:
            states.describe_execution(executionArn=arn)
        except states.exceptions.ExecutionDoesNotExist:
            time.sleep(_POLL_SECONDS)
        else:
            return arn
    raise ExecutionNotStartedError(f"Execution {name} did not start in {limit_seconds:.0f} s.")


def follow(cloud: Cloud, arn: str, on_stage: Callable[[str], None] | None = None) -> Ended:
    """Wait for the execution's end; call ``on_stage``, if given, as each stage is entered."""
    states = cloud.client("stepfunctions")
    current = ""
    while True:
        description = states.describe_execution(executionArn=arn)
        ended = description["status"] != "RUNNING"
        if on_stage or ended:  # a history grows long: it is not read for nobody
            entered = _entered(_history(states, arn))
        if on_stage:
            for stage, _ in entered:
                if stage != current and stage not in _before(entered, current):
                    current = stage
                    on_stage(stage)
        if ended:
            end = description["stopDate"]
            return Ended(
                arn=arn,
                name=description["name"],
                status=description["status"],
                error=description.get("error"),
                cause=description.get("cause"),
                stages=_durations(entered, end),
            )
        time.sleep(_POLL_SECONDS if on_stage else _UNWATCHED_POLL_SECONDS)


def _history(states: Any, arn: str) -> Iterable[dict[str, Any]]:
    for page in states.get_paginator("get_execution_history").paginate(executionArn=arn):
        yield from page["events"]


def _entered(events: Iterable[dict[str, Any]]) -> list[tuple[str, dt.datetime]]:
    """Return (stage, time) at each change of stage."""
    changes: list[tuple[str, dt.datetime]] = []
    for event in events:
        name = event.get("stateEnteredEventDetails", {}).get("name", "")
        before = changes[-1][0] if changes else ""
        stage = _STAGES.get(name)
        if stage in _OF_CHAMPION and before in ("champion", _OF_CHAMPION[stage]):
            stage = "champion"
        if stage and stage != before:
            changes.append((stage, event["timestamp"]))
    return changes


def _before(entered: list[tuple[str, dt.datetime]], current: str) -> set[str]:
    names = [stage for stage, _ in entered]
    return set(names[: names.index(current) + 1]) if current in names else set()


def _durations(entered: list[tuple[str, dt.datetime]], end: dt.datetime) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for (stage, start), (_, stop) in pairwise([*entered, ("", end)]):
        spent = (stop - start).total_seconds()
        seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    return seconds
