"""The main figures as CloudWatch metrics by dataset, so that a drift of quality is seen."""

from __future__ import annotations

from collections.abc import Mapping

from lambdas.shared.observability import emit_by
from lambdas.shared.own_metrics import LATENCY, QUALITY


def publish(
    dataset: str, task: str, metrics: Mapping[str, float], latency_ms: Mapping[str, float]
) -> None:
    """Write the task's main metric and the median latency of one row to the log, as metrics."""
    emit_by(LATENCY, latency_ms["p50"], dataset)
    name, metric = QUALITY[task]
    if name in metrics:
        emit_by(metric, metrics[name], dataset)
