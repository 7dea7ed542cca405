"""What a run of this machine would cost on AWS: start-up and download on top, in sourced ranges."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lambdas.report import cost as module
from lambdas.report.cost import (
    ENDPOINT,
    JOB_BILLED,
    JOB_WAIT,
    SERVERLESS,
    Usage,
    estimate,
    with_starts,
)
from tests.contracts import PREPARED
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET

PAGE = (Path(__file__).parents[3] / "docs" / "costs.md").read_text(encoding="utf-8")
DEMO = Usage(9, "ml.m5.large", 10, 14.801, "ml.m5.large")
SERVED = Usage(9, "ml.m5.large", 10, serverless_mb=2048, answering_seconds=3)


def report(usage: Usage, **more: Any) -> dict[str, Any]:
    seconds = {
        "training": usage.training_seconds,
        "processing": usage.processing_seconds,
        "endpoint": 14.801,
        "total": 30.0,
    }
    known = {name: value for name, value in seconds.items() if value is not None}
    return {"cost": estimate(usage), "seconds": known, "endpoints": 1} | more


def by_hand(usage: Usage, end: int, endpoints: int = 1, jobs: int = 1) -> float:
    """Return the estimate of the same run with AWS's own seconds in the place of these."""
    started = Usage(
        **{
            **vars(usage),
            "training_seconds": (usage.training_seconds or 0) + jobs * JOB_BILLED[end],
            "endpoint_seconds": (usage.endpoint_seconds or 0) + endpoints * ENDPOINT[end],
        }
    )
    return float(estimate(started)["total_usd"])


@pytest.mark.parametrize(
    ("more", "endpoints", "jobs"),
    [({}, 1, 1), ({"endpoints": 2}, 2, 1), ({"tuning": {"jobs": 4}}, 1, 5)],
)
def test_it_is_the_same_estimate_with_what_aws_adds(
    more: dict[str, Any], endpoints: int, jobs: int
) -> None:
    found = with_starts(report(DEMO, **more))
    assert found is not None
    low, high = (by_hand(DEMO, end, endpoints, jobs) for end in (0, 1))
    # Looks at an endpoint are whole ones there, fractions here: less than a look of each apart,
    # three transitions; and these figures have four decimals.
    apart = 3 * 0.000025 * endpoints + 0.00005
    assert found.low_usd == pytest.approx(low, abs=apart)
    assert found.high_usd == pytest.approx(high, abs=apart)
    assert found.low_usd < found.usd < found.high_usd


def test_two_processing_jobs_start_one_after_the_other() -> None:
    read = Usage(processing_seconds=20, processing_instance="ml.m5.xlarge")
    given = report(read, endpoints=0)
    one, two = with_starts(given), with_starts(given | {"processing_jobs": 2})
    assert one is not None
    assert two is not None
    for job, jobs, end in (
        (one.low_usd, two.low_usd, JOB_BILLED[0]),
        (one.high_usd, two.high_usd, JOB_BILLED[1]),
    ):
        price = 0.23 / 3600  # ml.m5.xlarge, by the second
        assert jobs - job == pytest.approx(end * price, abs=2e-4)
    more = (JOB_WAIT[1] + JOB_BILLED[1]) / 60
    assert two.high_minutes - one.high_minutes == pytest.approx(more, abs=0.11)


def test_the_time_to_expect() -> None:
    found = with_starts(report(DEMO))
    assert found is not None
    for minutes, end in ((found.low_minutes, 0), (found.high_minutes, 1)):
        added = JOB_WAIT[end] + JOB_BILLED[end] + ENDPOINT[end]
        assert minutes == round((30 + added) / 60, 1)


def test_a_serverless_endpoint_takes_time_but_no_money_to_start() -> None:
    found = with_starts(report(SERVED))
    assert found is not None
    added = JOB_WAIT.high + JOB_BILLED.high + SERVERLESS.high
    assert found.high_minutes == round((30 + added) / 60, 1)
    assert found.high_usd < 0.01


def test_a_run_that_started_nothing_costs_as_little_there() -> None:
    nothing = {"cost": estimate(Usage()), "seconds": {"total": 2.0}, "endpoints": 0}
    assert with_starts(nothing) is None


def test_the_page_of_costs_names_the_ranges_and_the_demos_figures() -> None:
    ranges = dict(re.findall(r"^\| `(\w+)` \| (\d+ to \d+) s \|", PAGE, re.M))
    assert ranges == {
        name: f"{getattr(module, name).low} to {getattr(module, name).high}"
        for name in ("JOB_WAIT", "JOB_BILLED", "ENDPOINT", "SERVERLESS")
    }
    found = with_starts(report(DEMO))
    assert found is not None
    assert f"{found.low_usd:.3f} to {found.high_usd:.3f} USD" in PAGE


@pytest.mark.parametrize(
    ("code", "says"), [("en", "0.013 to 0.026 USD"), ("es", "de 0,013 a 0,026 USD")]
)
def test_one_estimate_everywhere(s3: Any, code: str, says: str) -> None:
    """Notification, page, list of runs, event and document tell the same cost."""
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    told = flow.report(
        upload,
        language=code,
        preprocess=PREPARED
        | {"language": code, "uris": dict.fromkeys(PREPARED["uris"], f"s3://{BUCKET}/x")},
        training={"billable_seconds": 9, "instance_type": "ml.m5.large"},
        endpoints=[
            {
                "created": "2026-11-24T04:00:00.000Z",
                "deleted": "2026-11-24T04:00:14.801Z",
                "instance_type": "ml.m5.large",
            }
        ],
        failure={"Error": "States.Timeout", "Cause": ""},
    )
    folder = "reports/heart"
    page = flow.stored(s3, f"{folder}/run-1/report.html")
    document = json.loads(flow.stored(s3, f"{folder}/run-1/report.json"))
    assert f": {says}\n" in told["message"]
    assert f"<b>{says}</b>" in page
    usd = document["cost"]["with_starts"]["usd"]
    assert told["cost_usd"] == told["announcements"][0]["detail"]["cost_usd"] == usd
    assert json.loads(flow.stored(s3, f"{folder}/runs.json"))["runs"][0]["cost_usd"] == usd


@pytest.mark.parametrize(("seconds", "is_complete"), [(JOB_BILLED.low, True), (9, False)])
def test_what_includes_the_starts_is_the_estimate(
    s3: Any, seconds: float, is_complete: bool
) -> None:
    upload = {"bucket": BUCKET, "key": "incoming/heart/a.csv", "version_id": "v"}
    told = flow.report(
        upload,
        training={"billable_seconds": seconds, "instance_type": "ml.m5.large"},
        failure={"Error": "States.Timeout", "Cause": ""},
    )
    document = json.loads(flow.stored(s3, "reports/heart/run-1/report.json"))
    assert (document["cost"]["with_starts"] is None) == is_complete
    assert (told["cost_usd"] == document["cost"]["total_usd"]) == is_complete
