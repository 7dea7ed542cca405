"""What an execution that has ended had begun is not carried out again, whatever comes after."""

import contextvars
from collections.abc import Callable
from typing import Any

import pytest

from localcloud import metrics
from localcloud.execution_loop import redrive_of_this
from localcloud.executions import (
    ExecutionEndedError,
    refuse_ended,
    replace_loop,
    write_down,
)
from localcloud.ministack_internals import stepfunctions


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run_execution", "add_event"):
        monkeypatch.setattr(stepfunctions, name, getattr(stepfunctions, name))


@pytest.mark.parametrize(
    ("status", "redrives"),
    [("ABORTED", 0), ("RUNNING", 1), ("SUCCEEDED", 1)],
    ids=["ended", "redriven", "redriven and ended"],
)
def test_a_task_of_the_first_try_is_refused(status: str, redrives: int) -> None:
    with pytest.raises(ExecutionEndedError):
        refuse_ended({"status": status, "redriveCount": redrives}, 0)


@pytest.mark.parametrize("redrive", [0, 2])
def test_a_task_of_the_try_that_runs_is_not(redrive: int) -> None:
    refuse_ended({"status": "RUNNING", "redriveCount": redrive}, redrive)


def history(*steps: Callable[[dict[str, Any]], None]) -> list[str]:
    """Return the types of events after what a loop over states, and others, have done."""
    replace_loop()
    execution: dict[str, Any] = {"executionArn": "arn", "status": "RUNNING", "events": []}
    for step in steps:
        contextvars.copy_context().run(step, execution)
    return [event["type"] for event in execution["events"]]


def note(event: str, redrive: int = 0) -> Callable[[dict[str, Any]], None]:
    """Note an event from within the loop of a try."""

    def step(execution: dict[str, Any]) -> None:
        redrive_of_this.set(redrive)
        stepfunctions.add_event(execution, event)

    return step


def redriven(execution: dict[str, Any]) -> None:
    execution["redriveCount"] = execution.get("redriveCount", 0) + 1
    stepfunctions.add_event(execution, "ExecutionRedriven")


def test_a_history_ends_with_its_execution() -> None:
    assert history(note("TaskScheduled"), note("ExecutionAborted"), note("TaskSucceeded")) == [
        "TaskScheduled",
        "ExecutionAborted",
    ]


def test_a_redriven_history_has_nothing_of_the_try_before() -> None:
    found = history(
        note("ExecutionAborted"), redriven, note("TaskSucceeded", 0), note("TaskScheduled", 1)
    )
    assert found == ["ExecutionAborted", "ExecutionRedriven", "TaskScheduled"]


class RedrivingJournal:
    """Whoever redrives an execution while its end is being written down."""

    def note(self, execution: dict[str, Any]) -> None:
        execution.update(status="RUNNING", redriveCount=1)


def test_an_end_is_told_though_a_redrive_follows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    counted: list[str] = []
    monkeypatch.setattr(
        stepfunctions, "emit_execution_status_event", lambda each: told.append(each["status"])
    )
    monkeypatch.setattr(
        metrics.cloudwatch, "record_metric", lambda _, name, *rest: counted.append(name)
    )
    write_down(RedrivingJournal())
    metrics.count_executions()
    stepfunctions.emit_execution_status_event(
        {"executionArn": "arn", "stateMachineArn": "machine", "status": "ABORTED"}
    )
    assert told == ["ABORTED"]
    assert counted == ["ExecutionsAborted"]
