"""Errors of functions as Lambda reports them, and what becomes of the process that raised one.

ministack calls every error Runtime.HandlerError and ends the process: each failing invocation would
be a cold start. In Lambda an environment outlives an exception of its handler; only an exit or a
time-out ends it ("Understanding the Lambda execution environment lifecycle").
"""

from collections.abc import Callable
from typing import Any

from localcloud.ministack_internals import lambda_runtime, lambda_svc

_RAISED = "localcloud-raised"
_REPORTED = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
# For ministack an answer like any other, after which the process is kept.
_REPORTED_AS_ANSWER = (
    f'{{"status": "ok", "result": {{"{_RAISED}": {{"errorType": type(e).__name__, '
    '"errorMessage": str(e), "stackTrace": traceback.format_tb(e.__traceback__)}}}'
)


def install() -> None:
    """Name errors by their class or the process's end, and keep processes that raised one.

    Raises
    ------
    RuntimeError
        When ministack's worker is not the one that was read.
    """
    script: str = lambda_runtime.PYTHON_WORKER_SCRIPT
    if script.count(_REPORTED) != 1:
        raise RuntimeError("ministack's Python worker changed: error classes would be lost")
    lambda_runtime.PYTHON_WORKER_SCRIPT = script.replace(_REPORTED, _REPORTED_AS_ANSWER)
    execute: Callable[..., dict[str, Any]] = lambda_svc.execute_function_warm

    def execute_warm(func: Any, event: Any, request_id: str) -> dict[str, Any]:
        return as_lambda_reports(execute(func, event, request_id), request_id)

    lambda_svc.execute_function_warm = execute_warm


def as_lambda_reports(result: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Return the result of an invocation as Lambda reports it."""
    body = result.get("body")
    if not isinstance(body, dict):
        return result
    if _RAISED in body:
        error = body[_RAISED]
        log = "\n".join(filter(None, [result.get("log"), f"[ERROR] {error['errorType']}"]))
        return {"body": error, "error": True, "log": log}
    if result.get("error") and body.get("errorMessage") == "Worker process died":
        text = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        return result | {"body": {"errorType": "Runtime.ExitError", "errorMessage": text}}
    return result
