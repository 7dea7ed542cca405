"""Logger, metrics and tracer, configured by the POWERTOOLS_* variables of the function."""

from __future__ import annotations

from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics, Tracer, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from lambdas.shared.own_metrics import OwnMetric


class _Line(Protocol):
    def add_metadata(self, key: str, value: Any) -> None: ...


logger = Logger()
metrics = Metrics()
# Only botocore's calls are of interest; patching everything importable costs cold start.
tracer = Tracer(patch_modules=("botocore",))


def belongs_to(execution: str | None) -> None:
    """Name the execution in all further lines of the log and in the trace."""
    if execution:
        logger.set_correlation_id(execution)
        tracer.put_annotation("execution", execution)


def emit(metric: OwnMetric, value: float) -> None:
    """Add a metric to those that the end of the invocation writes to the log."""
    metrics.add_metric(metric.name, MetricUnit(metric.unit), value)


def emit_by(metric: OwnMetric, value: float, of: str) -> None:
    """Write a metric to the log with a dimension besides the service: what it is ``of``."""
    with single_metric(metric.name, MetricUnit(metric.unit), value) as line:
        line.add_dimension(metric.dimension, of)
        _name_execution(line)


def flush() -> None:
    """Write the metrics to the log, if there are any."""
    if metrics.metric_set:
        _name_execution(metrics)
        metrics.flush_metrics()


def _name_execution(line: _Line) -> None:
    """Give a line of metrics the execution's name, as every line of the log has it."""
    execution = logger.get_correlation_id()
    if execution:
        line.add_metadata("correlation_id", execution)
