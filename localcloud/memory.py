"""What ministack would keep in memory for as long as it runs, bounded."""

from typing import Any

from ministack.services import cloudwatch_logs, eventbridge, lambda_svc

LOGGED_INVOCATIONS = 200  # of each function, the newest


def install() -> None:
    """Bound what grows with each execution; S3's objects are on disk (``S3_PERSIST``)."""
    _forget_dispatched_events()
    _forget_old_invocations_logs()


def _forget_dispatched_events() -> None:
    """Ministack lists every event it has dispatched, and never reads that list."""
    eventbridge._events_log_list = list


def _forget_old_invocations_logs() -> None:
    """Ministack gives each invocation a log stream of its own."""
    emit = lambda_svc._emit_lambda_logs

    def emit_and_forget(func: dict[str, Any], *arguments: Any, **named: Any) -> None:
        emit(func, *arguments, **named)
        config = func.get("config") or func
        name = f"/aws/lambda/{config.get('FunctionName')}"
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or name
        streams = (cloudwatch_logs._log_groups.get(group) or {}).get("streams", {})
        while len(streams) > LOGGED_INVOCATIONS:
            streams.pop(next(iter(streams)), None)

    lambda_svc._emit_lambda_logs = emit_and_forget
