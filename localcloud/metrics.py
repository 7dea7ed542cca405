"""The metrics that AWS makes of what happens, where ministack makes none.

- Step Functions counts executions (developer guide, "Monitoring Step Functions metrics using Amazon
  CloudWatch"): ends of redriven executions count as usual and have metrics of their own.
- Lambda counts every invocation, whatever invokes it ("Types of metrics for Lambda functions");
  ministack those alone that come as requests.
- CloudWatch Logs takes metrics out of log lines in the embedded metric format
  ("Specification: Embedded metric format").
- SQS reports every minute how many messages wait.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from localcloud.ministack_internals import (
    cloudwatch,
    cloudwatch_logs,
    lambda_svc,
    sqs,
    stepfunctions,
)

_EXECUTIONS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
_MINUTE = 60.0


def install() -> None:
    """Let ministack's Step Functions, Lambda and Logs feed its CloudWatch."""
    count_executions()
    _count_invocations()
    _read_log_lines()


def count_executions() -> None:
    """Count executions by what becomes of them."""
    emit_event = stepfunctions.emit_execution_status_event

    def emit(execution: dict[str, Any]) -> None:
        # Before the event, upon which it may be redriven.
        counted = [*_counted(execution["status"], is_redriven=bool(execution.get("redriveCount")))]
        emit_event(execution)
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        for name in counted:
            cloudwatch.record_metric("AWS/States", name, 1, "Count", dimensions)

    stepfunctions.emit_execution_status_event = emit


def _counted(status: str, *, is_redriven: bool) -> Iterator[str]:
    name = _EXECUTIONS[status]
    if not is_redriven:
        yield name
    elif status == "RUNNING":
        yield "ExecutionsRedriven"
    else:
        yield name
        yield f"Redriven{name}"


def _count_invocations() -> None:
    emit, run = lambda_svc.emit_lambda_metrics, lambda_svc.execute_function_dispatch

    def count_throttles(name: str, duration_ms: float, *, throttle: bool, **_: Any) -> None:
        if throttle and not duration_ms:  # with a duration it is reported a second time
            cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": name})

    def run_and_count(function: Any, config: dict[str, Any], *rest: Any) -> Any:
        began = time.monotonic()
        result = run(function, config, *rest)
        milliseconds = (time.monotonic() - began) * 1000
        emit(config["FunctionName"], milliseconds, bool(result.get("error")), throttle=False)
        return result

    lambda_svc.emit_lambda_metrics = count_throttles
    lambda_svc.execute_function_dispatch = run_and_count


def _read_log_lines() -> None:
    append = cloudwatch_logs.append_log_events

    def append_and_read(stream: Any, events: list[dict[str, Any]]) -> None:
        append(stream, events)
        for event in events:
            for namespace, name, value, unit, dimensions in embedded_metrics(event["message"]):
                cloudwatch.record_metric(namespace, name, value, unit, dimensions)

    cloudwatch_logs.append_log_events = append_and_read


def embedded_metrics(line: str) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    """Yield namespace, name, value, unit and dimensions of every metric in a log line."""
    if not line.startswith("{") or '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
    except ValueError:
        return
    for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in directive["Dimensions"]:
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive["Metrics"]:
                found = document[metric["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    unit = metric.get("Unit", "None")
                    yield directive["Namespace"], metric["Name"], value, unit, dimensions


class QueueDepths:
    """Reports waiting messages to CloudWatch: each minute, and when their number changes."""

    def __init__(self) -> None:
        self._reported: dict[str, tuple[float, int]] = {}

    def report(self) -> None:
        """Check all queues once."""
        now = time.time()
        for queue in list(sqs.queues.values()):
            with sqs.queues_lock:
                sqs.refresh_counts(queue)
            name = queue["name"]
            waiting = int(queue["attributes"]["ApproximateNumberOfMessages"])
            then, before = self._reported.get(name, (0.0, -1))
            if waiting != before or now - then >= _MINUTE:
                self._reported[name] = (now, waiting)
                cloudwatch.record_metric(
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    waiting,
                    "Count",
                    {"QueueName": name},
                )
