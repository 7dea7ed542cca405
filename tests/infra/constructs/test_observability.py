"""Alarms and dashboard: on metrics that exist, told to the topic, and each with its runbook."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infra.settings import Settings
from lambdas.shared import own_metrics
from lambdas.shared.own_metrics import OwnMetric
from tests.infra.constructs.aws_metrics import COUNTED
from tests.infra.constructs.dashboard import SCHEMA, resolved, series
from tests.infra.test_template import Resources, of_type

OWN: list[OwnMetric] = [
    *(found for found in vars(own_metrics).values() if isinstance(found, OwnMetric)),
    *own_metrics.RUN_SECONDS.values(),
    *(metric for _, metric in own_metrics.QUALITY.values()),
]


def body(resources: Resources) -> dict[str, Any]:
    (dashboard,) = of_type(resources, "AWS::CloudWatch::Dashboard")
    return resolved(dashboard["DashboardBody"])


def is_emitted(namespace: str, name: str, dimension: str, value: str | None) -> bool:
    """Whether a Lambda or AWS itself has such a metric."""
    if namespace == Settings().stack_name:
        return any(
            (metric.name, metric.dimension) == (name, dimension)
            and value == (metric.service if dimension == "service" else None)
            for metric in OWN
        )
    return any((each.namespace, each.name, each.dimension) == (namespace, name, dimension)
               for each in COUNTED)  # fmt: skip


def test_every_alarm_watches_a_metric_that_there_is_and_tells_the_topic(
    resources: Resources,
) -> None:
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm"):
        (dimension,) = alarm["Dimensions"]
        value = dimension["Value"] if isinstance(dimension["Value"], str) else None
        assert is_emitted(alarm["Namespace"], alarm["MetricName"], dimension["Name"], value), alarm
        (action,) = alarm["AlarmActions"]
        assert resources[action["Ref"]]["Type"] == "AWS::SNS::Topic"


def test_alarms_keep_to_cloudwatchs_limits(resources: Resources) -> None:
    # PutMetricAlarm: a day in all, or a week where a period is an hour at least.
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm"):
        limit = 86_400 if alarm["Period"] < 3600 else 604_800
        assert alarm["Period"] % 60 == 0
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= limit
        assert len(alarm["AlarmDescription"]) <= 1024


def test_what_is_missing_is_not_taken_for_trouble_but_where_silence_is_it(
    resources: Resources,
) -> None:
    treated = {
        alarm["AlarmName"].removeprefix("Molino-"): alarm["TreatMissingData"]
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm")
    }
    unusual = {name: how for name, how in treated.items() if how != "notBreaching"}
    assert unusual == {
        "LeftoversRemain": "ignore",
        "EndpointsTooOld": "ignore",
        "JanitorSilent": "breaching",
    }


def test_the_dashboards_body_has_the_documented_structure(resources: Resources) -> None:
    found = body(resources)
    jsonschema.validate(found, SCHEMA)
    cells = Counter(
        (x, y)
        for widget in found["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    )
    assert max(cells.values()) == 1  # none covers another
    assert max(x for x, _ in cells) == 23


def test_the_dashboard_shows_every_own_metric_and_only_what_there_is(resources: Resources) -> None:
    shown = list(series(body(resources)))
    unknown = [
        each
        for each in shown
        if not is_emitted(
            each.namespace,
            each.name,
            each.dimension,
            None if each.namespace.startswith("AWS/") else each.value,
        )
    ]
    assert unknown == []
    of_alarms = {alarm["MetricName"] for alarm in of_type(resources, "AWS::CloudWatch::Alarm")}
    assert {metric.name for metric in OWN} <= {each.name for each in shown} | of_alarms


def test_the_dashboard_is_one_of_those_that_cost_nothing(resources: Resources) -> None:
    # CloudWatch's pricing page: three dashboards of up to 50 metrics, with what searches find:
    # with many datasets it costs what docs/costs.md says.
    plain = {
        (each.namespace, each.name, each.value) for each in series(body(resources)) if each.value
    }
    assert len(plain) <= 50


def test_the_dashboard_shows_every_alarm_and_every_functions_errors(resources: Resources) -> None:
    found = body(resources)
    (alarms,) = [widget for widget in found["widgets"] if widget["type"] == "alarm"]
    assert len(alarms["properties"]["alarms"]) == len(of_type(resources, "AWS::CloudWatch::Alarm"))
    functions = {
        name for name, found in resources.items() if found["Type"] == "AWS::Lambda::Function"
    }
    assert {each.value for each in series(found) if each.name == "Errors"} == functions


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [("1 minute", 60), ("15 minutes", 900), ("6 hours", 21_600), ("1 day", 86_400)],
)
def test_the_janitors_rate_in_seconds(rate: str, seconds: int) -> None:
    assert Settings(janitor_rate=rate).janitor_seconds == seconds


@pytest.mark.parametrize("rate", ["25 hours", "0 minutes", "2 days", "often"])
def test_the_janitor_looks_every_day_at_least(rate: str) -> None:
    with pytest.raises(ValueError, match="janitor_rate"):
        Settings(janitor_rate=rate)


def test_two_stacks_do_not_share_their_metrics(tmp_path: Path) -> None:
    from infra.app import synthesize

    folder = synthesize({"stack_name": "Ward3"}, outdir=str(tmp_path))
    resources = json.loads((folder / "Ward3.template.json").read_text())["Resources"]
    for function in of_type(resources, "AWS::Lambda::Function"):
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == "Ward3"
    shown = {each.namespace for each in series(body(resources))}
    watched = {alarm["Namespace"] for alarm in of_type(resources, "AWS::CloudWatch::Alarm")}
    assert {space for space in shown | watched if not space.startswith("AWS/")} == {"Ward3"}
