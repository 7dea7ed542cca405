"""Which requests of a day are compared, how many of very many, and what is kept and told."""

import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambdas.requests import captured, day, handler, seen
from lambdas.shared import bus
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.registry import Version
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.requests.captures import answers, line

DATASET, ENDPOINT = "ward", "molino-kept--ward-01234567"
DATA, REPORT = f"s3://{BUCKET}/datasets/ward/run", f"s3://{BUCKET}/reports/ward/run"
SCHEMA = {
    "task": "binary",
    "target": "y",
    "features": [{"name": "a", "type": "numeric"}, {"name": "b", "type": "categorical"}],
    "missing": [],
}
PROFILE = {
    "rows": {"file": 400},
    "columns": [
        {"name": "a", "bins": {"edges": [10.0, 20.0], "counts": [200, 100, 100]}},
        {"name": "b", "bins": {"values": ["x", "y"], "counts": [300, 100, 0]}},
        {"name": "y", "bins": {"values": ["no", "yes"], "counts": [200, 200, 0]}},
    ],
    "target": {},
}
METRICS = {
    "classes": [{"label": "no", "predicted_rows": 50}, {"label": "yes", "predicted_rows": 50}]
}
TODAY = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


class Clock(dt.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> "Clock":
        return cls.fromtimestamp(TODAY.timestamp(), tz)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is announced."""
    found: list[tuple[str, Any]] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, str]]) -> dict[str, int]:  # noqa: N803 - AWS's
            found.extend((each["DetailType"], json.loads(each["Detail"])) for each in Entries)
            return {"FailedEntryCount": 0}

    monkeypatch.setattr(bus, "events_client", Bus)
    return found


@pytest.fixture
def ask(
    s3: Any, context: Context, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Have a day compared of a dataset that serves version 3 since the 18th."""
    monkeypatch.setenv("BUCKET", BUCKET)
    monkeypatch.setattr(handler, "sagemaker_client", lambda: None)
    monkeypatch.setattr(day.dt, "datetime", Clock)
    properties = {"manifest_uri": f"{DATA}/manifest.json", "report_uri": REPORT}
    monkeypatch.setattr(day, "version", lambda _, arn: Version(arn, 3, properties, ""))
    champion = {
        "dataset": DATASET,
        "endpoint_name": ENDPOINT,
        "package_arn": "package/3",
        "version": 3,
        "since": "2026-11-18T06:00:00+00:00",
        "capture_percent": 20,
    }
    for key, content in {
        "datasets/ward/run/schema/schema.json": SCHEMA,
        "datasets/ward/run/profile.json": PROFILE,
        "reports/ward/run/metrics.json": METRICS,
        "reports/ward/champion.json": champion,
    }.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(content).encode())

    def run(which: str = "2026-11-20", dataset: str | None = DATASET) -> Any:
        event = {"detail": {"dataset": dataset, "day": which}}
        return handler.handler(event, context)

    return run


def put(s3: Any, date: str, *lines: bytes, name: str = "10/a.jsonl") -> None:
    key = f"captures/ward/served/{ENDPOINT}/AllTraffic/{date.replace('-', '/')}/{name}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"\n".join(lines) + b"\n")


def rows(count: int, **event: Any) -> bytes:
    body = "".join(f"{n % 40},x\n" for n in range(count))
    return line(body, answer=answers(*["yes"] * count), **event)


def stored(s3: Any, date: str, name: str) -> Any:
    key = f"reports/ward/requests/{date}/{name}"
    return json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])


def test_a_day_is_compared_kept_and_told_once(s3: Any, ask: Any, events: list[Any]) -> None:
    others = [
        b"no line",
        rows(5, customAttributes=["molino"]),
        rows(5, inferenceTime="2026-11-18T05:59:59Z"),
        line("a", answer='{"error": "x"}', answer_type="application/json"),
        line("a,b\n1\n", answer=answers("yes")),
    ]
    put(s3, "2026-11-20", rows(100), *others)
    put(s3, "2026-11-20", rows(100), name="23/b.jsonl")
    put(s3, "2026-11-21", rows(7))
    assert ask() == {"compared": True, "reason": ""}
    drift = stored(s3, "2026-11-20", "drift.json")
    assert (drift["champion"], drift["rows"]) == (3, {"before": 400, "now": 200})
    assert [column["name"] for column in drift["columns"]] == ["a", "b"]
    spread = stored(s3, "2026-11-20", "distribution.json")
    assert spread["classes"] == {"yes": 200}
    assert spread["drift"]["level"] == "large"
    note = stored(s3, "2026-11-20", "requests.json")
    assert note == {
        "schema_version": 1,
        "dataset": "ward",
        "version": 3,
        "days": {"first": "2026-11-18", "last": "2026-11-20"},
        "capture_percent": 20,
        "objects": {"found": 2, "read": 2},
        "requests": {"read": 2, "refused": 1, "earlier": 1, "own": 1, "unreadable": 2},
        "rows": 200,
    }
    folder = f"s3://{BUCKET}/reports/ward/requests/2026-11-20"
    detail = {
        "schema_version": 1,
        "dataset": "ward",
        "day": "2026-11-20",
        "version": 3,
        "rows": 200,
        "drift_uri": f"{folder}/drift.json",
        "distribution_uri": f"{folder}/distribution.json",
        "requests_uri": f"{folder}/requests.json",
    }
    assert events == [("Molino Requests Compared", detail)]
    schema = json.loads((Path(__file__).parents[3] / "docs/notifications.schema.json").read_text())
    kind, told = events[0]
    jsonschema.validate({"source": "molino", "detail-type": kind, "detail": told}, schema)
    assert ask()["compared"] is False
    assert len(events) == 1


def test_few_rows_wait_for_those_of_the_next_days(s3: Any, ask: Any, events: list[Any]) -> None:
    put(s3, "2026-11-18", rows(20))
    put(s3, "2026-11-19", rows(9))
    put(s3, "2026-11-20", rows(1))
    assert ask("2026-11-18") == {"compared": False, "reason": "there are too few rows"}
    assert ask("2026-11-19")["compared"] is False
    assert ask("2026-11-20")["compared"] is True
    assert stored(s3, "2026-11-20", "requests.json")["rows"] == 30
    assert len(events) == 1


def test_compared_rows_are_not_compared_again(s3: Any, ask: Any) -> None:
    put(s3, "2026-11-19", rows(50))
    put(s3, "2026-11-20", rows(40))
    assert ask("2026-11-19")["compared"] is True
    assert ask("2026-11-20")["compared"] is True
    note = stored(s3, "2026-11-20", "requests.json")
    assert (note["rows"], note["days"]["first"]) == (40, "2026-11-20")


def test_a_day_is_looked_at_when_it_is_over(s3: Any, ask: Any) -> None:
    put(s3, "2026-11-21", rows(50))
    assert ask("2026-11-21")["reason"] == "the day is not over"


@pytest.mark.parametrize(
    ("absent", "reason"),
    [
        ("reports/ward/champion.json", "nothing serves the dataset"),
        ("datasets/ward/run/schema/schema.json", "the schema of the model's data is gone"),
        ("datasets/ward/run/profile.json", "the profile of the model's data is gone"),
        ("captures", "nothing has been captured"),
    ],
)
def test_without_what_it_needs_it_says_nothing(
    absent: str, reason: str, s3: Any, ask: Any, events: list[Any]
) -> None:
    if absent != "captures":
        put(s3, "2026-11-20", rows(50))
    s3.delete_object(Bucket=BUCKET, Key=absent)
    assert ask() == {"compared": False, "reason": reason}
    assert events == []


def test_once_a_day_each_dataset_that_serves_is_due(
    s3: Any, ask: Any, events: list[Any], context: Context
) -> None:
    s3.put_object(Bucket=BUCKET, Key="reports/other/run/report.json", Body=b"{}")
    daily = {"time": "2026-11-21T01:30:00Z", "detail": {}, "source": "aws.events"}
    assert handler.handler(daily, context) == {"datasets": ["ward"]}
    detail = {"bucket": BUCKET, "dataset": "ward", "day": "2026-11-20"}
    assert events == [("Molino Requests Due", detail)]


def test_of_very_many_objects_some_of_all_hours_are_read(
    s3: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "MOST_OBJECTS", 60)
    for n in range(240):
        put(s3, "2026-11-20", rows(1), name=f"{n // 10:02d}/{n}.jsonl")
    assert ask()["compared"] is True
    assert stored(s3, "2026-11-20", "requests.json")["objects"] == {"found": 240, "read": 60}
    folder = RunPaths(BUCKET, DATASET, "x").served_capture_uri
    days = [dt.date(2026, 11, 20)]
    drawn = captured.find_captured(s3, folder, ENDPOINT, days).drawn
    assert len({uri.split("/")[-2] for uri in drawn}) > 16  # of 24 hours
    assert drawn == captured.find_captured(s3, folder, ENDPOINT, days).drawn


def test_of_very_many_rows_no_more_objects_are_read_than_needed(
    s3: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "MOST_ROWS", 100)
    for n in range(10):
        put(s3, "2026-11-20", rows(40), name=f"{n:02d}/{n}.jsonl")
    ask()
    note = stored(s3, "2026-11-20", "requests.json")
    assert (note["objects"], note["rows"]) == ({"found": 10, "read": 3}, 120)


def test_a_cut_line_of_a_very_large_object_is_left_out(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "_MOST_BYTES", 10)
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"12345\n678901234\n")
    s3.put_object(Bucket=BUCKET, Key="b", Body=b"1\n2\n")
    found = captured.read_lines(s3, [f"s3://{BUCKET}/{key}" for key in ("a", "b", "gone")])
    assert list(found) == [[b"12345"], [b"1", b"2"], []]


def test_no_cell_is_logged(s3: Any, ask: Any, log: io.StringIO) -> None:
    body = "".join(f"{n},sekretny\n" for n in range(40))
    put(s3, "2026-11-20", line(body, answer=answers(*["sekretny"] * 40)), line("sekretny"))
    ask()
    assert "requests compared" in log.getvalue()
    assert "sekretny" not in log.getvalue()
