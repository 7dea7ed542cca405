"""Molino's own metrics: the Lambdas emit them, alarms and dashboard show them.

What AWS counts anyway (executions, invocations, errors, messages in queues) has none of these.
CloudWatch bills each name with each value of its dimension by the month, so there are few.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OwnMetric:
    """One metric, in the namespace that bears the stack's name.

    Parameters
    ----------
    name : str
    service : str
        The function that emits it.
    unit : str
        By CloudWatch's names; ``None`` is one of them.
    dimension : str
        Its dimension; where it is not the service, that is given besides it.
    """

    name: str
    service: str
    unit: str = "Count"
    dimension: str = "service"


WAITING = OwnMetric("ExecutionsWaiting", "admission")

RUN_COST = OwnMetric("RunCost", "report", "None")  # USD, as estimated in the report
RUN_SECONDS = {
    stage: OwnMetric(f"{stage.capitalize()}Seconds", "report", "Seconds")
    for stage in ("processing", "training", "endpoint", "total")
}
RUN_SECONDS["spark"] = RUN_SECONDS["processing"]  # either job reads the upload

PREDICTION_COST = OwnMetric("PredictionCost", "result", "None")  # USD, as estimated
PREDICTION_SECONDS = OwnMetric("PredictionSeconds", "result", "Seconds")  # of the whole execution

# The janitor hears of every execution that ended badly, whether or not a report was written.
FAULTS = OwnMetric("ExecutionFaults", "janitor")  # failures that no upload is to blame for
FAILURES = OwnMetric("ExecutionFailures", "janitor", dimension="error")
LEFTOVERS_FOUND = OwnMetric("LeftoversFound", "janitor")
LEFTOVERS_REMAINING = OwnMetric("LeftoversRemaining", "janitor")
ENDPOINTS_ALIVE = OwnMetric("EndpointsAlive", "janitor")  # without champions' own
OLDEST_ENDPOINT = OwnMetric("OldestEndpointSeconds", "janitor", "Seconds")

PROMOTED = OwnMetric("Promoted", "gate")

# By dataset, so that a drift of quality is seen: the task's main figure, and one row's latency.
QUALITY = {
    "binary": ("roc_auc", OwnMetric("RocAuc", "evaluate", "None", "dataset")),
    "multiclass": (
        "balanced_accuracy",
        OwnMetric("BalancedAccuracy", "evaluate", "None", "dataset"),
    ),
    "regression": ("r2", OwnMetric("R2", "evaluate", "None", "dataset")),
}
LATENCY = OwnMetric("EndpointLatency", "evaluate", "Milliseconds", "dataset")

# Of watched datasets only, whenever a file or a day of requests was compared: columns that have
# drifted far, the main metric on new rows, whether it fell beyond chance (1) or not (0), and how
# well a classifier distinguishes the rows from the model's.
DRIFTED_COLUMNS = OwnMetric("DriftedColumns", "health", dimension="dataset")
MAIN_METRIC = OwnMetric("Quality", "health", "None", "dataset")
FALLEN = OwnMetric("QualityFallen", "health", dimension="dataset")
DOMAIN_AUC = OwnMetric("DomainAuc", "health", "None", "dataset")
WATCHED = (DRIFTED_COLUMNS, MAIN_METRIC, FALLEN, DOMAIN_AUC)
