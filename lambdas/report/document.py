"""``report.json``: the run's result for programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lambdas.report.cost import estimate
from lambdas.report.events import ReportEvent, seconds, usage
from lambdas.report.failures import explain


def build_document(event: ReportEvent, now: dt.datetime) -> dict[str, Any]:
    """Return the content of ``report.json``; it holds no cell's value."""
    known = seconds(event, now)
    error, message = explain(event.failure) if event.failure else (None, success_message(event))
    preprocess = event.preprocess or {}
    evaluation = event.evaluation or {}
    return {
        "schema_version": 1,
        "status": "FAILED" if error else "SUCCEEDED",
        "error": error,
        "message": message,
        "execution_arn": event.execution.arn,
        "dataset": event.paths.report_prefix.split("/")[1],
        "task": preprocess.get("task"),
        "target": preprocess.get("target"),
        "target_rule": preprocess.get("target_rule"),
        "algorithm": preprocess.get("algorithm"),
        "rows": preprocess.get("rows"),
        "metrics": evaluation.get("metrics"),
        "latency_ms": evaluation.get("latency_ms"),
        "promoted": None,
        "cost": estimate(usage(event, known)),
        "seconds": known,
        "model_uri": event.training.model_uri if event.training else None,
        "predictions_uri": evaluation.get("predictions_uri"),
        "report_uri": event.paths.report_uri,
        "upload": event.upload.model_dump(),
    }


def success_message(event: ReportEvent) -> str:
    """Say in two sentences what came out."""
    preprocess, evaluation = event.preprocess or {}, event.evaluation or {}
    metrics = evaluation.get("metrics") or {}
    shown = [
        f"{name.replace('_', ' ')} {metrics[name]:.3f}"
        for name in ("accuracy", "balanced_accuracy", "roc_auc", "r2", "mae")
        if name in metrics
    ]
    return (
        f"A model for “{preprocess.get('target')}” was trained and tested on "
        f"{evaluation.get('rows', 0)} rows it had never seen: {', '.join(shown)}."
    )
