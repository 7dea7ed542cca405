"""The loop that runs an execution's states, in place of ministack's.

ministack's loop always begins at the first state, does not record where it is, parses the
definition for each execution, and continues with an execution that has ended or was redriven. Each
state itself is run by ministack.
"""

import contextvars
import copy
import functools
import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from localcloud.ministack_internals import responses, stepfunctions
from localcloud.task_limits import refuse_large

Execution = dict[str, Any]
# Of the loop that this is part of; none outside of one.
redrive_of_this: contextvars.ContextVar[int | None] = contextvars.ContextVar(
    "redrive_of_this", default=None
)
_OF_EXECUTIONS = ("Task", "Parallel", "Map")  # whose functions are given the execution, too
_KINDS = (*_OF_EXECUTIONS, "Pass", "Choice", "Wait")
_LONGEST_TIMER_SECONDS = 3600.0  # a longer limit outlasts any local cloud
# One for all that run, which only read it: parsed, ours takes 150 KB.
parsed = functools.lru_cache(maxsize=8)(json.loads)
_log = logging.getLogger("localcloud")


def is_on(execution: Execution, redrive: int) -> bool:
    """Return whether an execution still is in the try that one of its tasks was begun in."""
    now = execution.get("status", "RUNNING"), execution.get("redriveCount", 0)
    return now == ("RUNNING", redrive)


def run_execution(arn: str, note: Callable[[Execution], None] = lambda _: None) -> None:
    """Run an execution to its end, from its first state or from where it is resumed.

    Parameters
    ----------
    note
        Called at each state, when the execution is about to enter it.
    """
    execution = stepfunctions.executions.get(arn)
    if execution is None:
        return
    redrive = execution.get("redriveCount", 0)
    redrive_of_this.set(redrive)
    try:
        output = _walk(execution, redrive, note)
        if is_on(execution, redrive):
            _succeed(execution, json.dumps(output))
    except stepfunctions.ExecutionError as error:
        if is_on(execution, redrive):
            stepfunctions.fail_execution(execution, error.error, error.cause)
    except Exception as error:  # noqa: BLE001 (an execution must never be left running)
        if is_on(execution, redrive):
            _log.exception("unexpected error in execution %s", arn)
            stepfunctions.fail_execution(execution, "States.Runtime", str(error))


def _walk(execution: Execution, redrive: int, note: Callable[[Execution], None]) -> Any:
    machine = stepfunctions.state_machines.get(execution["stateMachineArn"])
    if machine is None:
        raise stepfunctions.ExecutionError("StateMachineDeleted", "State machine no longer exists")
    resume = execution.pop("resume", {})
    definition = parsed(execution.setdefault("definition", machine["definition"]))
    limit_time(execution, definition.get("TimeoutSeconds"))
    context = _context(execution, machine, definition, redrive)
    context["variables"] = resume.get("variables", {})
    data = resume.get("input", context["Execution"]["Input"])
    name: str | None = resume.get("state") or definition["StartAt"]
    while name and is_on(execution, redrive):
        execution["at"] = {
            "state": name,
            "input": data,
            "variables": copy.deepcopy(context["variables"]),
        }
        note(execution)
        data, name = _enter(name, data, definition, execution, context)
    return data


def _context(
    execution: Execution, machine: dict[str, Any], definition: dict[str, Any], redrive: int
) -> dict[str, Any]:
    """Return the context object, with what ministack's functions need."""
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": redrive,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
    }


def _enter(
    name: str, data: Any, definition: dict[str, Any], execution: Execution, context: dict[str, Any]
) -> tuple[Any, str | None]:
    """Carry out one state; return its output, and the name of the next if there is one."""
    state = definition["States"].get(name)
    if state is None:
        raise stepfunctions.ExecutionError(
            "States.Runtime", f"State '{name}' not found in definition"
        )
    context["State"] = {"Name": name, "EnteredTime": responses.now_iso(), "RetryCount": 0}
    kind = state["Type"]

    def record(event: str, member: str, value: Any) -> None:
        details = {"name": name, member: json.dumps(value)}
        stepfunctions.add_event(
            execution, f"{kind}State{event}", {f"state{event}EventDetails": details}
        )

    record("Entered", "input", data)
    following: str | None = None
    if kind == "Fail":
        raise stepfunctions.ExecutionError(*stepfunctions.fail_state_error(state, data, context))
    if kind == "Succeed":
        data = stepfunctions.apply_input_path(state, data, context)
        data = stepfunctions.apply_output_path(state, data, context)
    elif kind in _KINDS:
        carry_out = getattr(stepfunctions, f"execute_{kind.lower()}")
        given = (execution, context) if kind in _OF_EXECUTIONS else (context,)
        data, following = carry_out(state, data, *given)
    else:
        raise stepfunctions.ExecutionError("States.Runtime", f"Unknown state type: {kind}")
    record("Exited", "output", data)
    return data, following


def assign_at_once(
    state_def: dict[str, Any],
    raw_input: Any,
    ctx: dict[str, Any] | None,
    result: Any = None,
    error_output: Any = None,
) -> None:
    """Assign all of a state's variables at once; stands for ministack's of the same parameters.

    By AWS's manual ("Passing data between states with variables"), every expression of one
    ``Assign`` sees the values from before the state; ministack gives them one after the other.
    """
    assign = state_def.get("Assign")
    if ctx is None or not isinstance(assign, dict):
        return
    if stepfunctions.state_query_language(state_def, ctx) != "JSONata":
        return
    values = stepfunctions.apply_jsonata_template(assign, raw_input, ctx, result, error_output)
    refuse_large(values, "What the state assigns")
    ctx.setdefault("variables", {}).update(values)


def _succeed(execution: Execution, output: str) -> None:
    execution.update(status="SUCCEEDED", output=output, stopDate=responses.now_iso())
    details = {"executionSucceededEventDetails": {"output": output}}
    stepfunctions.add_event(execution, "ExecutionSucceeded", details)
    stepfunctions.emit_execution_status_event(execution)


def limit_time(execution: Execution, seconds: float | None) -> None:
    """End an execution that runs longer than its state machine allows; a redrive begins again."""
    if seconds is None or seconds > _LONGEST_TIMER_SECONDS:
        return
    redrive = execution.get("redriveCount", 0)

    def end() -> None:
        if execution.get("redriveCount", 0) == redrive:
            time_out(execution)

    timer = threading.Timer(seconds, contextvars.copy_context().run, args=(end,))
    timer.daemon = True
    timer.start()


def time_out(execution: Execution) -> None:
    """End an execution whose time is over, unless it has ended."""
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=responses.now_iso(), error="States.Timeout")
        stepfunctions.add_event(
            execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}}
        )
        stepfunctions.emit_execution_status_event(execution)
