"""Alarms ring as CloudWatch's do, and metrics come out of log lines as CloudWatch Logs takes them.

The rows are those of CloudWatch's user guide, "Configuring how CloudWatch alarms treat missing
data": three of three periods, newest first here; X breaches, 0 does not, - is missing.
"""

import json
from typing import Any

import pytest

from localcloud.alarms import datapoints, state_of
from localcloud.metrics import embedded_metrics

THREE_OF_THREE: list[tuple[str, dict[str, str | None]]] = [
    ("XXX", dict.fromkeys(("missing", "ignore", "breaching", "notBreaching"), "ALARM")),
    ("000", dict.fromkeys(("missing", "ignore", "breaching", "notBreaching"), "OK")),
    ("-X0", {"breaching": "OK", "notBreaching": "OK"}),
    ("XX-", {"breaching": "ALARM", "notBreaching": "OK"}),
    (
        "---",
        {
            "missing": "INSUFFICIENT_DATA",
            "ignore": None,
            "breaching": "ALARM",
            "notBreaching": "OK",
        },
    ),
]
CASES = [
    (row, treatment, state) for row, states in THREE_OF_THREE for treatment, state in states.items()
]


def alarm(**changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "a",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmConfigurationUpdatedTimestamp": 0,
        **changes,
    }


@pytest.mark.parametrize(("row", "treatment", "state"), CASES)
def test_three_periods(row: str, treatment: str, state: str | None) -> None:
    values = [{"X": 1.0, "0": 0.0, "-": None}[sign] for sign in row]
    assert state_of(alarm(TreatMissingData=treatment), values) == state


def test_fewer_datapoints_than_periods_may_be_enough() -> None:
    assert state_of(alarm(DatapointsToAlarm=2), [1.0, 0.0, 1.0]) == "ALARM"
    assert state_of(alarm(DatapointsToAlarm=2), [1.0, 0.0, 0.0]) == "OK"


def test_periods_are_told_apart_and_those_before_the_alarm_are_left_out() -> None:
    points = [{"Timestamp": at, "Value": 1.0} for at in (1000.0, 1001.0, 1100.0)]
    assert list(datapoints(alarm(), points, 1119.0)) == [1.0, 2.0, None]
    made = alarm(AlarmConfigurationUpdatedTimestamp=1050)
    assert list(datapoints(made, points[2:], 1119.0)) == [1.0]


def test_metrics_are_read_from_log_lines() -> None:
    line = {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [
                {
                    "Namespace": "N",
                    "Dimensions": [["service"], ["service", "kind"]],
                    "Metrics": [{"Name": "Cost", "Unit": "None"}, {"Name": "Count"}],
                }
            ],
        },
        "service": "report",
        "kind": "k",
        "Cost": [1.5, 2],
        "Count": 3,
        "anything": "else",
    }
    assert list(embedded_metrics(json.dumps(line))) == [
        ("N", name, value, "None", dimensions)
        for dimensions in ({"service": "report"}, {"service": "report", "kind": "k"})
        for name, value in (("Cost", 1.5), ("Cost", 2), ("Count", 3))
    ]


@pytest.mark.parametrize("line", ["START RequestId", "{not json _aws", '{"key": "_aws"}'])
def test_other_lines_hold_none(line: str) -> None:
    assert list(embedded_metrics(line)) == []
