"""What is said of the endpoint that serves: its price, and requests without a value of a row."""

import re
from pathlib import Path
from typing import Any

import pytest

from lambdas.report.language import language
from lambdas.report.serving import examples, sentence, served
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.prices import prices
from tests.contracts import INSTANCE, NO_LONGER, PREPARED, SERVERLESS

COSTS = (Path(__file__).parents[3] / "docs" / "costs.md").read_text(encoding="utf-8")
NAME = "molino-kept--heart-01234567"
EXECUTION = "arn:aws-cn:states:cn-north-1:123456789012:execution:Molino:run"


def event(serve: dict[str, Any] | None, phase: str = "serving", **progress: Any) -> ReportEvent:
    return ReportEvent(
        execution={"name": "run", "arn": EXECUTION},
        upload={"bucket": "b", "key": "incoming/x.csv"},
        preprocess=PREPARED | {"serve": serve},
        serving={"endpoint_name": NAME, "phase": phase} | progress,
    )


CASES: dict[str, tuple[ReportEvent, tuple[str, ...]]] = {
    "serverless": (event(SERVERLESS), (NAME, "costs nothing while nobody asks")),
    "scaled": (
        event(INSTANCE, instance_types=["ml.c5.large", "ml.c5.xlarge"]),
        ("0.102 USD an hour, 74.46 USD a month, for 1 machine of type ml.c5.large",
         "4 machines at most: 0.408 USD an hour, 297.84 USD a month"),
    ),
    "fixed": (
        event(INSTANCE | {"minimum": 2, "maximum": 2}, instance_types=["ml.c5.xlarge"]),
        ("0.408 USD an hour, 297.84 USD a month, for 2 machines of type ml.c5.xlarge.",),
    ),
    "unpriced": (event(INSTANCE, instance_types=["ml.x9.huge"]), ("the price is unknown",)),
    "ended": (event(NO_LONGER, "ended", previous="2"), (NAME, "has been ended")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_serves_and_its_price_are_told_in_every_language(case: str) -> None:
    found, told = CASES[case]
    said = sentence(language("en"), found)
    assert [part for part in told if part not in said] == []
    assert ("at most" in said) == (case == "scaled")
    assert NAME in sentence(language("es"), found)


@pytest.mark.parametrize(
    "found", [event(None), event(INSTANCE, "failed"), event(NO_LONGER, "ended")]
)
def test_nothing_is_told_where_the_run_changed_nothing(found: ReportEvent) -> None:
    assert (sentence(language("en"), found), served(found)) == ("", None)


def test_the_page_of_costs_has_the_tables_prices() -> None:
    hour = prices()["instance_hour"]["hosting"]
    rows = re.findall(r"\| (\d) . (ml\.\S+)[^|]*\| ([\d.]+) \| ([\d.]+) \|", COSTS)
    assert len(rows) == 4
    for machines, instance_type, an_hour, a_month in rows:
        price = int(machines) * float(hour[instance_type])
        assert (an_hour, a_month) == (f"{price:.3f}", f"{price * 730:.2f}")


def test_a_request_names_the_endpoint_and_columns_and_no_value() -> None:
    document = {"serving": served(event(SERVERLESS)), "execution_arn": EXECUTION}
    features = [{"name": f'a "{n}", b', "type": "numeric"} for n in range(70)]
    features[1] |= {"type": "category"}
    found = examples(language("en"), document, {"features": features})
    assert found is not None
    header, row = found["rows"].splitlines()
    assert header.startswith('"a ""0"", b","a ""1"", b"')
    assert row.split(",")[:2] == ["<number>", "<category>"]
    assert (row.count(",") + 1, found["hidden"]) == (60, 10)
    for _, way in found["ways"]:
        assert NAME in way
        assert "cn-north-1" in way
    assert "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/endpoints/" in found["ways"][1][1]
