"""Executions as AWS ends and resumes them: what ministack lacks of redrive, abort and time-out.

Semantics are those of the Step Functions developer guide ("Restarting state machine executions
with redrive"): a redrive keeps the execution's ARN, input, variables and definition, enters the
state that was not done again, and raises ``RedriveCount``; it is possible for 14 days.
"""

import contextvars
import datetime as dt
import functools
import inspect
import json
import threading
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import stepfunctions

from localcloud.journal import Journal

Response = tuple[int, dict[str, str], bytes]
_REDRIVABLE_DAYS = 14
_REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")
_ENDS = ("ExecutionAborted", "ExecutionFailed", "ExecutionSucceeded", "ExecutionTimedOut")
# Of the loop over states that this is part of; none outside of these.
_redrive: contextvars.ContextVar[int | None] = contextvars.ContextVar("redrive", default=None)
_LONGEST_TIMER_SECONDS = 3600.0  # a longer limit outlasts any local cloud

# What of ministack's loop over states is changed: where it begins, what it remembers of each state
# entered, that executions share a definition, and that a loop whose execution was ended or redriven
# meanwhile touches it no more.
_MINE = 'execution["status"] == "RUNNING" and execution.get("redriveCount", 0) == mine'
_LOOP = (
    (
        "    time.sleep(0.15)\n",
        '    mine = execution.get("redriveCount", 0)\n    resume = execution.pop("resume", {})\n',
    ),
    (
        'definition = json.loads(sm["definition"])',
        'definition = _parse(execution.setdefault("definition", sm["definition"]))',
    ),
    (
        'current_name = definition.get("StartAt")\n',
        'current_name = resume.get("state") or definition.get("StartAt")\n'
        '    _limit_time(execution, definition.get("TimeoutSeconds"))\n',
    ),
    (
        '"StartTime": execution["startDate"],\n',
        '"StartTime": execution["startDate"],\n            "RedriveCount": mine,\n',
    ),
    ('"variables": {},\n', '"variables": resume.get("variables", {}),\n'),
    (
        '    try:\n        while current_name and execution["status"] == "RUNNING":\n',
        '    current_input = resume.get("input", current_input)\n'
        f"    try:\n        while current_name and {_MINE}:\n"
        '            execution["at"] = {"state": current_name, "input": current_input,\n'
        '                               "variables": copy.deepcopy(ctx["variables"])}\n'
        "            _note(execution)\n",
    ),
    (
        '        if execution["status"] == "RUNNING":\n            output_json',
        f"        if {_MINE}:\n            output_json",
    ),
    (
        "    except _ExecutionError as err:\n",
        f"    except _ExecutionError as err:\n        if not ({_MINE}):\n            return\n",
    ),
    (
        "    except Exception as exc:\n        logger.exception",
        f"    except Exception as exc:\n        if not ({_MINE}):\n            return\n"
        "        logger.exception",
    ),
)

# ministack reports no redrives, and takes only failed executions for redrivable.
_EVENT = (
    ("redrivable = failed ", 'redrivable = status in ("FAILED", "ABORTED", "TIMED_OUT") '),
    ('"redriveCount": 0,', '"redriveCount": execution.get("redriveCount", 0),'),
)


# A function that fails in a task that waits for a token fails the task; ministack would wait on.
_CALLBACK = (
    (
        "        except _ExecutionError:\n            pass\n",
        "        except _ExecutionError:\n            _task_tokens.pop(token, None)\n"
        "            raise\n",
    ),
)


class ExecutionEndedError(Exception):
    """The execution ended while one of its tasks was to be run or retried."""


def install(journal: Journal) -> None:
    """Give ministack redrive, and its executions AWS's ends; write all of them down."""
    change_ministack()
    write_down(journal)
    _find_again(journal)
    describe, handle = stepfunctions._describe_execution, app.SERVICE_HANDLERS["states"]

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            answer: Response = stepfunctions._finalize_response(redrive(json.loads(body)))
            return answer
        response: Response = await handle(method, path, headers, body, query)
        return response

    app.SERVICE_HANDLERS["states"] = handle_request
    stepfunctions._describe_execution = lambda data: _described(describe(data), data)


def change_ministack() -> None:
    """Change the loop over states and the status event; do so once.

    Raises
    ------
    RuntimeError
        When ministack's source is not the one that was read.
    """
    if hasattr(stepfunctions, "_limit_time"):
        return
    _change(stepfunctions._run_execution, _LOOP)
    _change(stepfunctions._emit_execution_status_event, _EVENT)
    _change(stepfunctions._invoke_with_callback, _CALLBACK)
    stepfunctions._limit_time = _limit_time
    _end_histories()
    # One for all that run, which only read it: parsed, ours takes 150 KB.
    stepfunctions._parse = functools.lru_cache(maxsize=8)(json.loads)
    stepfunctions._note = lambda _: None


def _end_histories() -> None:
    """Let a history end with the execution's end, as AWS's does.

    What the execution had begun goes on here, and would still be noted: after its end, or in the
    midst of a redrive.
    """
    add = stepfunctions._add_event

    def add_unless_ended(
        execution: dict[str, Any], event_type: str, details: dict[str, Any] | None = None
    ) -> Any:
        is_of_before = _redrive.get() not in (None, execution.get("redriveCount", 0))
        has_ended = execution.get("historyEnded", False)
        if event_type != "ExecutionRedriven" and (has_ended or is_of_before):
            return {}
        execution["historyEnded"] = event_type in _ENDS
        return add(execution, event_type, details)

    stepfunctions._add_event = add_unless_ended


def write_down(journal: Journal) -> None:
    """Keep each change of an execution, and tell of it as it was when it changed."""
    emit = stepfunctions._emit_execution_status_event

    def emit_and_note(execution: dict[str, Any]) -> None:
        told = dict(execution)  # a redrive may change it meanwhile
        # Before anybody is told: whoever looks then finds all of it.
        journal.note(execution)
        emit(told)

    stepfunctions._note = journal.note
    stepfunctions._emit_execution_status_event = emit_and_note


def _change(function: Callable[..., Any], changes: tuple[tuple[str, str], ...]) -> None:
    """Compile a function of ministack anew, with pieces of its source replaced."""
    source = inspect.getsource(function)
    for found, replacement in changes:
        if source.count(found) != 1:
            raise RuntimeError(f"ministack's {function.__name__} changed: {found.strip()!r}")
        source = source.replace(found, replacement)
    exec(compile(source, "<ministack, changed>", "exec"), vars(stepfunctions))  # noqa: S102


def is_on(execution: dict[str, Any], redrive: int) -> bool:
    """Tell whether an execution still is in the try that one of its tasks was begun in."""
    now = execution.get("status", "RUNNING"), execution.get("redriveCount", 0)
    return now == ("RUNNING", redrive)


def refuse_ended(execution: dict[str, Any], redrive: int) -> None:
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
    execution = stepfunctions._executions.get(arn)
    if execution is None:
        return _error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    redrivable, reason = _redrivable(execution)
    if not redrivable:
        return _error("ExecutionNotRedrivable", reason)
    prepare_redrive(execution)
    _run(arn)
    answer: Response = json_response({"redriveDate": execution["redriveDate"]})
    return answer


def _find_again(journal: Journal) -> None:
    restore = stepfunctions.load_persisted_state

    def restore_all(data: dict[str, Any]) -> None:
        restore(data)
        for execution in journal.load():
            stepfunctions._executions[execution["executionArn"]] = execution
            if execution["status"] == "RUNNING":
                execution["resume"] = execution.get("at", {})
                execution["interrupted"] = execution["resume"].get("state")

    stepfunctions.load_persisted_state = restore_all


def resume_interrupted() -> None:
    """Go on with the executions that a killed cloud ran, each from the state that it was in.

    Step Functions outlives the machines of AWS likewise: a task whose end it did not hear of is
    carried out again, and a job that it waits for is waited for on.
    """
    # Their tasks speak TLS as if a request had begun them; policies refuse what does not.
    pin_request_origin("127.0.0.1", secure_transport=True)
    for execution in list(stepfunctions._executions.values()):
        if execution["status"] == "RUNNING" and "interrupted" in execution:
            _run(execution["executionArn"])


def was_interrupted(execution: dict[str, Any], state: str) -> bool:
    """Tell, once, whether a task begins in the state in which a killed cloud left its execution."""
    return bool(execution.pop("interrupted", None) == state)


def _run(arn: str) -> None:
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(stepfunctions._run_execution, arn), daemon=True
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
        redriveDate=now_iso(),
        resume=execution["at"],
    )
    details = {"redriveCount": execution["redriveCount"]}
    stepfunctions._add_event(
        execution, "ExecutionRedriven", {"executionRedrivenEventDetails": details}
    )
    stepfunctions._emit_execution_status_event(execution)


def _redrivable(execution: dict[str, Any]) -> tuple[bool, str]:
    status = execution["status"]
    if status not in _REDRIVABLE or "at" not in execution:
        return False, f"Execution is {status} and cannot be redriven"
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(execution["stopDate"])
    if age > dt.timedelta(days=_REDRIVABLE_DAYS):
        return False, "Execution has exceeded the redrivable period"
    return True, ""


def _limit_time(execution: dict[str, Any], seconds: float | None) -> None:
    """End an execution that runs longer than its state machine allows; a redrive starts anew."""
    mine = execution.get("redriveCount", 0)
    _redrive.set(mine)
    if seconds is None or seconds > _LONGEST_TIMER_SECONDS:
        return

    def end() -> None:
        if execution.get("redriveCount", 0) == mine:
            time_out(execution)

    timer = threading.Timer(seconds, contextvars.copy_context().run, args=(end,))
    timer.daemon = True
    timer.start()


def time_out(execution: dict[str, Any]) -> None:
    """End an execution whose time is over, unless it has ended."""
    if execution["status"] == "RUNNING":
        execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout")
        stepfunctions._add_event(
            execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}}
        )
        stepfunctions._emit_execution_status_event(execution)


def _described(response: Response, data: dict[str, Any]) -> Response:
    execution = stepfunctions._executions.get(data.get("executionArn"))
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
    answer: Response = json_response(found)
    return answer


def _error(code: str, message: str) -> Response:
    answer: Response = error_response_json(code, message, 400)
    return answer
