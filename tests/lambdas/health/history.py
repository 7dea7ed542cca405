"""Documents as executions leave them, and the events that tell of them."""

import json
from typing import Any

from lambdas.health.handler import handler
from lambdas.shared.documents.contents import HealthEntry
from tests.lambdas.conftest import BUCKET, Context

MACHINE = "arn:aws:states:eu-west-1:111122223333:execution:Molino"
METRIC = "roc_auc"
FALLEN = 0.8  # from there on answers are judged as worse


def put(s3: Any, key: str, content: Any) -> None:
    """Store a document."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(content).encode())


def get(s3: Any, key: str) -> Any:
    """Return a document."""
    return json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])


def metrics(value: float, rows: int = 100, half: float = 0.05) -> dict[str, Any]:
    """Return the part of ``metrics.json`` that is read."""
    around = {"low": value - half, "high": value + half, "method": "m"}
    return {
        "task": "binary",
        "rows": rows,
        "metrics": {METRIC: value, "accuracy": 0.5},
        "intervals": {METRIC: around, "accuracy": around},
        "comparison": {"judged_by": METRIC, **judged(value)},
    }


def judged(value: float) -> dict[str, Any]:
    """Return the judgement of a figure by its answers."""
    is_worse = value <= FALLEN
    return {"verdict": "worse" if is_worse else "same", "chance": 0.001 if is_worse else 0.4}


def drift(version: int, **levels: str) -> dict[str, Any]:
    """Return ``drift.json`` with a level for each column."""
    index = {"none": 0.01, "small": 0.15, "large": 0.5}
    columns = [
        {
            "name": name,
            "level": level,
            "missing": [0.0, 0.0],
            "cells": {"stability_index": index[level], "by_chance": 0.01, "chance": 0.5},
            "gaps": {"stability_index": 0.0, "by_chance": 0.0, "chance": 1.0},
        }
        for name, level in levels.items()
    ]
    rows = {"before": 100, "now": 80}
    known: dict[str, Any] = {key: [] for key in ("lacking", "new", "changed")}
    return {"champion": version, "rows": rows, "columns": columns, "target": None, **known}


def run(
    s3: Any,
    name: str,
    *,
    version: int,
    value: float = 0.9,
    champion: float | None = None,
    compared: dict[str, Any] | None = None,
    drifted: dict[str, Any] | None = None,
    promoted: bool = False,
    language: str = "en",
) -> None:
    """Leave what a run leaves that trained a version, and measured the champion if there was one.

    Parameters
    ----------
    champion
        Its figure on all test rows; its version is the one before.
    compared
        What the gate's comparison has unlike that.
    """
    folder = f"reports/heart/{name}"
    put(s3, f"{folder}/report.json", {"language": language, "account": {"read": 80}})
    put(s3, f"{folder}/metrics.json", metrics(value))
    known = None
    if champion is not None:
        put(s3, f"{folder}/champion/metrics.json", metrics(champion))
        comparison = {"rows": 100, "other": champion, "metric": METRIC} | (compared or {})
        figure = {"version": version - 1, "metric": METRIC, **judged(champion)}
        known = {"version": version - 1, "problem": None, "comparison": comparison}
        known |= {"figure": figure}
    decision = {
        "metric": METRIC,
        "version": version,
        "promoted": promoted,
        "rule": "better" if promoted else "not_better",
        "wording": {"one": "because", "many": None, "values": {}},
        "champion": known,
    }
    put(s3, f"{folder}/decision.json", decision)
    if drifted:
        put(s3, f"datasets/heart/{name}/drift.json", drifted)


def predictions(
    s3: Any,
    name: str,
    *,
    version: int,
    trained_in: str,
    drifted: dict[str, Any] | None = None,
    measured: float | None = None,
    verdict: str = "same",
) -> None:
    """Leave what predictions leave."""
    folder = f"predictions/heart/{name}"
    page = f"s3://{BUCKET}/reports/heart/{trained_in}/report.html"
    result = {
        "language": "es",
        "rows": 80,
        "model": {"version": version, "report_uri": page},
        "measurement": measured and {"error": None, "verdict": verdict},
    }
    put(s3, f"{folder}/result.json", result)
    put(s3, f"{folder}/distribution.json", {"classes": {"ill": 20, "well": 60}})
    if measured is not None:
        put(s3, f"{folder}/metrics.json", metrics(measured))
    if drifted:
        put(s3, f"{folder}/job/drift.json", drifted)


def told(kind: str, name: str, time: str = "2026-05-04T10:00:00Z", **detail: Any) -> dict[str, Any]:
    """Return an event as EventBridge delivers it."""
    return {
        "detail-type": kind,
        "source": "molino",
        "time": time,
        "detail": {"dataset": "heart", "execution_arn": f"{MACHINE}:{name}", **detail},
    }


def hear(kind: str, name: str, *time: str, **detail: Any) -> dict[str, Any]:
    """Let the function hear of it."""
    return handler(told(kind, name, *time, **detail), Context())


def entries(s3: Any, month: str = "2026-05") -> list[HealthEntry]:
    """Return a month of the history."""
    found: list[HealthEntry] = get(s3, f"reports/heart/health/{month}.json")["entries"]
    return found
