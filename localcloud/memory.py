"""What ministack would keep in memory for as long as it runs, bounded."""

from asyncio import sslproto
from typing import Any

from jsonata import Jsonata

from localcloud.ministack_internals import (
    cloudwatch,
    cloudwatch_logs,
    eventbridge,
    lambda_svc,
    s3,
    stepfunctions,
)

LOGGED_INVOCATIONS = 200  # of each function, the newest
TLS_BUFFER_BYTES = 16 * 1024  # a TLS record's largest (RFC 8446, section 5.1)


def install() -> None:
    """Bound what grows with each execution; histories are on disk (`localcloud.journal`)."""
    _forget_dispatched_events()
    _forget_old_invocations_logs()
    _forget_stored_versions()
    _share_dimensions()
    _forget_evaluated_expressions()
    # asyncio keeps 256 KB for each connection, of which every Lambda's process has several.
    sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES


def _forget_dispatched_events() -> None:
    """Ministack lists every event it has dispatched, and never reads that list."""
    eventbridge.events_log_list = list


def _forget_old_invocations_logs() -> None:
    """Ministack gives each invocation a log stream of its own."""
    emit = lambda_svc.emit_lambda_logs

    def emit_and_forget(func: dict[str, Any], *arguments: Any, **named: Any) -> None:
        emit(func, *arguments, **named)
        config = func.get("config") or func
        name = f"/aws/lambda/{config.get('FunctionName')}"
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or name
        streams = (cloudwatch_logs.log_groups.get(group) or {}).get("streams", {})
        while len(streams) > LOGGED_INVOCATIONS:
            streams.pop(next(iter(streams)), None)

    lambda_svc.emit_lambda_logs = emit_and_forget


def _forget_stored_versions() -> None:
    """Ministack keeps an object's version in memory in addition to its file (``S3_PERSIST``)."""
    persist = s3.persist_object

    def persist_and_forget(bucket: str, key: str, stored: Any) -> None:
        persist(bucket, key, stored)
        versions = s3.object_versions.get((bucket, key))
        # Without a body the object's file was written; an older version has a file of its own.
        if versions and isinstance(stored, dict) and stored["body"] is None:
            versions[-1]["data"] = None

    s3.persist_object = persist_and_forget


def _share_dimensions() -> None:
    """Ministack gives each datapoint of a metric a copy of the metric's dimensions."""
    record = cloudwatch.record_metric

    def record_sharing(
        namespace: str,
        name: str,
        value: float,
        unit: str = "None",
        dimensions: dict[str, str] | None = None,
    ) -> None:
        record(namespace, name, value, unit, dimensions)
        key = namespace, name, cloudwatch.dims_key(dimensions or {})
        points = cloudwatch.metric_bucket(key)
        if points:  # what is not a number is not recorded
            points[-1]["Dimensions"] = points[0]["Dimensions"]

    cloudwatch.record_metric = record_sharing


def _forget_evaluated_expressions() -> None:
    """Drop the 80 KB that JSONata's library keeps for a thread: executions that wait have one."""
    evaluate = stepfunctions.evaluate_jsonata

    def evaluate_and_forget(*arguments: Any, **named: Any) -> Any:
        try:
            return evaluate(*arguments, **named)
        finally:
            for of_this_thread in (Jsonata.CURRENT, Jsonata.PARSER):
                vars(of_this_thread).clear()

    stepfunctions.evaluate_jsonata = evaluate_and_forget
