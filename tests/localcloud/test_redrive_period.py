"""Executions can be redriven for 14 days after their end (API reference of RedriveExecution)."""

import datetime as dt
import json
from typing import Any

import pytest

from localcloud import executions
from localcloud.ministack_internals import stepfunctions

ARN = "arn:aws:states:us-east-1:000000000000:execution:machine:old"


def _days_ago(days: int) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).isoformat()


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    execution = {"status": "FAILED", "at": {}, "events": [], "startDate": _days_ago(20)}
    monkeypatch.setitem(stepfunctions.executions, ARN, execution)
    monkeypatch.setattr(stepfunctions, "emit_execution_status_event", lambda execution: None)
    monkeypatch.setattr(stepfunctions, "run_execution", lambda arn: None)
    return execution


@pytest.mark.parametrize(("days", "status"), [(13, 200), (15, 400)])
def test_the_period_begins_with_the_end(ended: dict[str, Any], days: int, status: int) -> None:
    ended["stopDate"] = _days_ago(days)
    answer = executions.redrive({"executionArn": ARN})
    assert answer[0] == status
    if status == 400:
        assert json.loads(answer[2])["__type"] == "ExecutionNotRedrivable"
