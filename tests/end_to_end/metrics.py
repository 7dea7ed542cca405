"""What a cloud's CloudWatch has of what the deployed dashboard shows."""

import json
from typing import Any

from tests.infra.constructs.dashboard import Series, series

Emitted = tuple[str, str, dict[str, str]]


def not_emitted(cloudwatch: Any) -> set[tuple[str, str]]:
    """Return widget and name of each series that the dashboard shows and nothing has emitted."""
    (found,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=found["DashboardName"])["DashboardBody"]
    emitted = _listed(cloudwatch)
    shown = series(json.loads(body))
    return {(each.widget, each.name) for each in shown if not _is_among(each, emitted)}


def _is_among(each: Series, emitted: list[Emitted]) -> bool:
    return any(
        (namespace, name) == (each.namespace, each.name) and _fit(each, dimensions)
        for namespace, name, dimensions in emitted
    )


def _fit(each: Series, dimensions: dict[str, str]) -> bool:
    if each.value is None:
        return dimensions.keys() == {each.dimension, "service"}
    if each.namespace == "AWS/Lambda":  # not every function has a part in every run
        return dimensions.keys() == {each.dimension}
    return dimensions == {each.dimension: each.value}


def _listed(cloudwatch: Any) -> list[Emitted]:
    pages = cloudwatch.get_paginator("list_metrics").paginate()
    return [
        (
            metric["Namespace"],
            metric["MetricName"],
            {found["Name"]: found["Value"] for found in metric["Dimensions"]},
        )
        for page in pages
        for metric in page["Metrics"]
    ]
