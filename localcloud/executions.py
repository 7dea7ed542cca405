"""Executions as AWS ends and resumes them: what ministack lacks of redrive, abort and time-out.

Semantics are those of the Step Functions developer guide ("Restarting state machine executions
with redrive"): a redrive keeps the execution's ARN, input, variables and definition, enters the
state that was not done again, and raises ``RedriveCount``; it is possible for 14 days.
"""

import contextvars
import datetime as dt
import functools
import json
import threading
from typing import Any

from localcloud.event_details import with_details
from localcloud.execution_loop import (
    Execution,
    assign_at_once,
    is_on,
    redrive_of_this,
    run_execution,
)
from localcloud.journal import Journal
from localcloud.ministack_internals import app, iam_evaluator, responses, stepfunctions

Response = tuple[int, dict[str, str], bytes]
_REDRIVABLE_DAYS = 14
_REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")
_ENDS = ("ExecutionAborted", "ExecutionFailed", "ExecutionSucceeded", "ExecutionTimedOut")
_token: contextvars.ContextVar[str] = contextvars.ContextVar("token", default="")


class ExecutionEndedError(Exception):
    """The execution ended while one of its tasks was to be run or retried."""


def install(journal: Journal) -> None:
    """Give ministack redrive, and its executions AWS's ends; write all of them down."""
    replace_loop(journal)
    _report_redrives()
    write_down(journal)
    _find_again(journal)
    _fail_tasks_whose_function_fails()
    describe, handle = stepfunctions.describe_execution, app.SERVICE_HANDLERS["states"]

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            answer: Response = stepfunctions.finalize_response(redrive(json.loads(body)))
            return answer
        response: Response = await handle(method, path, headers, body, query)
        return response

    app.SERVICE_HANDLERS["states"] = handle_request
    stepfunctions.describe_execution = lambda data: _described(describe(data), data)


def replace_loop(journal: Journal | None = None) -> None:
    """Run executions by our own loop over states, and let histories end with them."""
    noting = functools.partial(run_execution, note=journal.note) if journal else run_execution
    stepfunctions.run_execution = noting
    stepfunctions.add_event = _add_event
    stepfunctions.apply_state_assign = assign_at_once


def _add_event(execution: Execution, kind: str, details: dict[str, Any] | None = None) -> Any:
    """Add to a history, which ends with the execution's end, as AWS's does.

    Tasks that the execution started still run here, and would otherwise be recorded after its end
    or during a redrive.
    """
    is_of_before = redrive_of_this.get() not in (None, execution.get("redriveCount", 0))
    if kind != "ExecutionRedriven" and (execution.get("historyEnded", False) or is_of_before):
        return {}
    execution["historyEnded"] = kind in _ENDS
    event = {"id": len(execution["events"]) + 1, "type": kind, "timestamp": responses.now_iso()}
    event |= details or {}
    execution["events"].append(event)
    return event


def _report_redrives() -> None:
    """Ministack's status events have no redrives, and call only failed executions redrivable."""
    emit = stepfunctions.emit_execution_status_event

    def emit_with_redrives(execution: Execution) -> None:
        status = execution["status"]
        redrivable = status in _REDRIVABLE
        reason = "is redrivable" if redrivable else "cannot be redriven"
        details = {
            "redriveCount": execution.get("redriveCount", 0),
            "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
            "redriveStatusReason": f"Execution is {status} and {reason}",
        }
        with with_details("aws.states", details):
            emit(execution)

    stepfunctions.emit_execution_status_event = emit_with_redrives


def write_down(journal: Journal) -> None:
    """Record each status of an execution, and report it as it was when it changed."""
    emit = stepfunctions.emit_execution_status_event

    def emit_and_note(execution: Execution) -> None:
        reported = dict(execution)  # a redrive may change it meanwhile
        # First, so that anyone who reacts to the event finds all of it.
        journal.note(execution)
        emit(reported)

    stepfunctions.emit_execution_status_event = emit_and_note


def _fail_tasks_whose_function_fails() -> None:
    """Let a function that fails end its task that waits for a token; ministack waits on."""
    invoke, call = stepfunctions.invoke_with_callback, stepfunctions.call_lambda

    def invoke_with_callback(resource: str, arguments: Any, token: str, state: Any) -> Any:
        before = _token.set(token)
        try:
            return invoke(resource, arguments, token, state)
        finally:
            _token.reset(before)

    def call_or_fail_task(*arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except stepfunctions.ExecutionError as error:
            task = stepfunctions.task_tokens.get(_token.get())
            if task:
                task["error"] = {"Error": error.error, "Cause": error.cause}
                task["event"].set()
            raise

    stepfunctions.invoke_with_callback = invoke_with_callback
    stepfunctions.call_lambda = call_or_fail_task


def refuse_ended(execution: Execution, redrive: int) -> None:
    """Keep a task from being run or retried after its execution's end, redriven or not.

    Raises
    ------
    ExecutionEndedError
    """
    if not is_on(execution, redrive):
        raise ExecutionEndedError


def redrive(data: dict[str, Any]) -> Response:
    """RedriveExecution."""
    arn = data.get("executionArn", "")
    execution = stepfunctions.executions.get(arn)
    if execution is None:
        return _error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    redrivable, reason = _redrivable(execution)
    if not redrivable:
        return _error("ExecutionNotRedrivable", reason)
    prepare_redrive(execution)
    _run(arn)
    answer: Response = responses.json_response({"redriveDate": execution["redriveDate"]})
    return answer


def _find_again(journal: Journal) -> None:
    restore = stepfunctions.load_persisted_state

    def restore_all(data: dict[str, Any]) -> None:
        restore(data)
        for execution in journal.load():
            stepfunctions.executions[execution["executionArn"]] = execution
            if execution["status"] == "RUNNING":
                execution["resume"] = execution.get("at", {})
                execution["interrupted"] = execution["resume"].get("state")

    stepfunctions.load_persisted_state = restore_all


def resume_interrupted() -> None:
    """Resume the executions that a killed cloud ran, each from the state that it was in.

    As in AWS: a task whose result was lost runs again, and a job being waited for is still waited
    for.
    """
    # Their tasks speak TLS as if a request had begun them; policies refuse what does not.
    iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
    for execution in list(stepfunctions.executions.values()):
        if execution["status"] == "RUNNING" and "interrupted" in execution:
            _run(execution["executionArn"])


def was_interrupted(execution: dict[str, Any], state: str) -> bool:
    """Return, once, whether a task begins in the state in which a killed cloud left it."""
    return bool(execution.pop("interrupted", None) == state)


def _run(arn: str) -> None:
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(stepfunctions.run_execution, arn), daemon=True
    ).start()


def prepare_redrive(execution: dict[str, Any]) -> None:
    """Make an ended execution run again, from the state that it entered last."""
    execution.update(
        status="RUNNING",
        stopDate=None,
        output=None,
        error=None,
        cause=None,
        redriveCount=execution.get("redriveCount", 0) + 1,
        redriveDate=responses.now_iso(),
        resume=execution["at"],
    )
    details = {"redriveCount": execution["redriveCount"]}
    stepfunctions.add_event(
        execution, "ExecutionRedriven", {"executionRedrivenEventDetails": details}
    )
    stepfunctions.emit_execution_status_event(execution)


def _redrivable(execution: dict[str, Any]) -> tuple[bool, str]:
    status = execution["status"]
    if status not in _REDRIVABLE or "at" not in execution:
        return False, f"Execution is {status} and cannot be redriven"
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(execution["stopDate"])
    if age > dt.timedelta(days=_REDRIVABLE_DAYS):
        return False, "Execution has exceeded the redrivable period"
    return True, ""


def _described(response: Response, data: dict[str, Any]) -> Response:
    execution = stepfunctions.executions.get(data.get("executionArn"))
    if execution is None:
        return response
    redrivable, reason = _redrivable(execution)
    found = json.loads(response[2])
    found |= {"redriveCount": execution.get("redriveCount", 0)}
    found["redriveStatus"] = "REDRIVABLE" if redrivable else "NOT_REDRIVABLE"
    if reason:
        found["redriveStatusReason"] = reason
    if execution.get("redriveDate"):
        found["redriveDate"] = execution["redriveDate"]
    answer: Response = responses.json_response(found)
    return answer


def _error(code: str, message: str) -> Response:
    answer: Response = responses.error_response_json(code, message, 400)
    return answer
