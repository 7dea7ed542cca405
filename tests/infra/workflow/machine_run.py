"""Runs the definition in ministack's interpreter, with every service call answered by the test."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud import executions
from localcloud.execution_loop import assign_at_once, parsed
from localcloud.ministack_internals import stepfunctions
from tests.infra.workflow.definition import CONTEXT, states

Answer = Callable[[dict[str, Any]], Any]
ARN = CONTEXT["Execution"]["Id"]


class TaskError(Exception):
    """A task's failure, by error name and cause."""


class AbortedError(Exception):
    """Somebody stops the execution while the task runs."""


@dataclass
class Run:
    """What an execution did: its ends, and each call's state name, arguments in order."""

    status: str = ""
    ends: list[str] = field(default_factory=list)
    output: Any = None
    error: str = ""
    cause: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def states(self) -> list[str]:
        return [name for name, _ in self.calls]

    def last(self, state: str) -> Any:
        return [arguments for name, arguments in self.calls if name == state][-1]


def run_machine(
    monkeypatch: pytest.MonkeyPatch,
    machine: dict[str, Any],
    answers: dict[str, Answer],
    redrives: int = 0,
) -> Run:
    """Run to the end; ``answers`` maps a state's name to its result for given arguments.

    A name may be written as an identifier, such as ``create_model``; the last of equal ones holds.
    An execution that failed or was stopped is redriven up to ``redrives`` times.
    """
    names = {re.sub(r"\W+", "_", name).strip("_").lower(): name for name, _ in states(machine)}
    answers = {names.get(name, name): answer for name, answer in answers.items()}
    for name in ("run_execution", "add_event"):
        monkeypatch.setattr(stepfunctions, name, getattr(stepfunctions, name))  # as it was
    executions.replace_loop()
    run = Run()
    execute = stepfunctions.execute_task
    current: list[str] = []

    def execute_task(state: Any, raw: Any, execution: Any, context: Any) -> Any:
        current.append(context["State"]["Name"])
        return execute(state, raw, execution, context)

    def invoke(_resource: str, arguments: Any, *_: Any) -> Any:
        run.calls.append((current[-1], arguments))
        try:
            return answers[current[-1]](arguments)
        except TaskError as fault:
            raise stepfunctions.ExecutionError(*fault.args) from None
        except AbortedError:
            stepfunctions.executions[ARN]["status"] = "ABORTED"
            return {}

    monkeypatch.setattr(stepfunctions, "execute_task", execute_task)
    monkeypatch.setattr(stepfunctions, "apply_state_assign", assign_at_once)
    monkeypatch.setattr(stepfunctions, "invoke_resource_with_timeout", invoke)
    monkeypatch.setattr(stepfunctions, "invoke_with_callback", invoke)
    monkeypatch.setattr(stepfunctions, "scaled_sleep", run.waits.append)
    monkeypatch.setattr(stepfunctions, "emit_execution_status_event", lambda execution: None)
    execution: dict[str, Any] = {
        "executionArn": ARN,
        "stateMachineArn": "machine",
        "name": CONTEXT["Execution"]["Name"],
        "startDate": CONTEXT["Execution"]["StartTime"],
        "status": "RUNNING",
        "input": json.dumps(CONTEXT["Execution"]["Input"]),
        "events": [],
    }
    stepfunctions.executions[ARN] = execution
    stepfunctions.state_machines["machine"] = {"name": "m", "definition": json.dumps(machine)}
    try:
        stepfunctions.run_execution(ARN)
        run.ends.append(execution["status"])
        for _ in range(redrives):
            if execution["status"] != "SUCCEEDED":
                executions.prepare_redrive(execution)
                stepfunctions.run_execution(ARN)
                run.ends.append(execution["status"])
    finally:
        del stepfunctions.executions[ARN], stepfunctions.state_machines["machine"]
    assert parsed(json.dumps(machine)) == machine, "changed for all that run"
    run.status = execution["status"]
    run.output = json.loads(execution.get("output") or "null")
    run.error, run.cause = execution.get("error", ""), execution.get("cause", "")
    return run
