"""Groups in the report: their figures, how much they differ, and a sentence that says no more."""

import re
from typing import Any

import numpy as np
import pytest

from lambdas.evaluate.groups import by_group
from lambdas.report.groups import groups
from lambdas.report.language import LANGUAGES, language
from tests.lambdas.quality.test_fairness import binary
from tests.lambdas.quality.test_metrics import estimated


def of_two(first: int, second: int, positives: int = 60) -> dict[str, Any]:
    """Return metrics of two groups of 100 rows, with so many of their positive rows found."""
    counts = [(found, positives - found, 100 - positives) for found in (first, second)]
    truth = np.concatenate([np.repeat([1, 1, 0], each) for each in counts])
    predicted = np.concatenate([np.repeat([1, 0, 0], each) for each in counts])
    numbers = np.repeat([0, 1], 100).astype(np.int32)
    found = by_group(binary(truth, predicted), {"ward": (numbers, ["", "B"])})
    return {"task": "binary", "groups": found}


def rows(metrics: dict[str, Any], code: str = "en") -> dict[str, dict[str, Any]]:
    (table,) = groups(language(code), metrics)
    return {row["name"]: row for row in table["differences"]}


def test_a_difference_that_chance_does_not_explain_is_said_with_its_least_size() -> None:
    found = rows(of_two(55, 20))
    assert list(found) == [
        "Selection rate", "Sensitivity", "False-positive rate", "Equalized odds", "Calibration gap",
    ]  # fmt: skip
    sensitivity = found["Sensitivity"]
    assert sensitivity["cells"][:2] == [("0.333", "B"), ("0.917", "(empty)")]
    value, interval = sensitivity["cells"][2]
    assert value == "0.583"
    low, high = re.findall(r"[\d.]+", interval)
    assert f"differ by at least {low}:" in sensitivity["reading"]
    assert float(low) < 0.583 < float(high)
    assert sensitivity["cells"][3][0] == "0.364"
    assert found["False-positive rate"]["reading"].startswith("Not compared"), "no false alarm"
    assert found["Equalized odds"]["cells"] == [("", "")] * 4
    assert found["Calibration gap"]["cells"][3] == ("", ""), "a ratio around 0 says nothing"


def test_a_difference_that_chance_may_explain_is_not_called_equality() -> None:
    selected = rows(of_two(40, 38))["Selection rate"]
    high = re.findall(r"[\d.]+", selected["cells"][2][1])[1]
    assert selected["reading"].startswith("Not shown to differ")
    assert f"up to {high} is possible" in selected["reading"]


def test_a_figure_of_few_rows_is_not_compared() -> None:
    found = rows(of_two(15, 1, positives=19))
    assert "fewer than two groups have 20 rows" in found["Sensitivity"]["reading"]
    assert found["Selection rate"]["cells"][0][0]


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_are_compared_by_their_errors_in_either_language(code: str) -> None:
    generator = np.random.default_rng(0)
    truth, numbers = generator.normal(size=120), np.repeat([0, 1], 60).astype(np.int32)
    scored = estimated(truth, truth + generator.normal(size=120) * (1 + 5 * numbers))
    metrics = {"task": "regression", "groups": by_group(scored, {"w": (numbers, ["A", "B"])})}
    words = language(code)
    (table,) = groups(words, metrics)
    assert table["names"] == [words(f"metric.{name}") for name in ("mae", "mean_error", "r2")]
    assert [row["name"] for row in table["differences"]] == table["names"][:2]
    ratio = table["differences"][0]["cells"][3][0]
    assert re.fullmatch(r"0[.,]\d{3}", ratio), "a share, whatever the unit of the target"
    said = [row[part] for row in table["differences"] for part in ("says", "reading")]
    assert all(said)
    assert not re.search("[{}]", " ".join(said))


def test_a_single_group_is_compared_with_nothing() -> None:
    truth, numbers = np.arange(30.0), np.zeros(30, dtype=np.int32)
    found = by_group(estimated(truth, truth + 1), {"w": (numbers, ["A"])})
    (table,) = groups(language("en"), {"task": "regression", "groups": found})
    assert len(table["rows"]) == 1
    assert table["differences"] == []
