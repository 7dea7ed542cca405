"""The main figures as CloudWatch metrics by dataset, so that a drift of quality is seen.

Two figures only: CloudWatch bills each metric of each dataset by the month.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

MAIN = {"binary": "roc_auc", "multiclass": "balanced_accuracy", "regression": "r2"}


def publish(
    dataset: str, task: str, metrics: Mapping[str, float], latency_ms: Mapping[str, float]
) -> None:
    """Write the task's main metric and the median latency of one row to the log, as metrics."""
    figures = [("EndpointLatency", MetricUnit.Milliseconds, latency_ms["p50"])]
    if MAIN[task] in metrics:
        name = "".join(part.capitalize() for part in MAIN[task].split("_"))
        figures.append((name, MetricUnit.NoUnit, metrics[MAIN[task]]))
    for name, unit, value in figures:
        with single_metric(name=name, unit=unit, value=value) as metric:
            metric.add_dimension(name="dataset", value=dataset)
