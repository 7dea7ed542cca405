"""A model's predictions beside its answers to its own test rows."""

from typing import Any

import pytest

from lambdas.drift.predictions import predictions_drift

CLASSES = {
    "classes": [{"label": "ill", "predicted_rows": 50}, {"label": "well", "predicted_rows": 150}]
}
NUMBERS = {"predicted": {"edges": [1.0, 2.0, 3.0], "counts": [50, 50, 50, 50]}}


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ({"ill": 210, "well": 590}, None),
        ({"ill": 360, "well": 440}, "PredictionsDriftedSlightly"),
        ({"ill": 600, "well": 200}, "PredictionsDrifted"),
        ({"ill": 3, "well": 1}, None),  # of four rows nobody can tell
    ],
)
def test_classes_are_told_from_chance(now: dict[str, int], code: str | None) -> None:
    drift = predictions_drift(4, {"classes": now}, CLASSES)
    assert drift is not None
    assert [finding.code for finding in drift.findings] == ([code] if code else [])
    assert drift.to_json()["rows"] == {"before": 200, "now": sum(now.values())}


def test_numbers_are_compared_in_their_order() -> None:
    bins = {"edges": [1.0, 2.0, 3.0], "counts": [10, 20, 70, 300]}
    drift = predictions_drift(4, {"mean": 2.5, "bins": bins}, NUMBERS)
    assert drift is not None
    told = drift.to_json()
    assert (told["level"], told["model"]) == ("large", 4)
    assert told["kolmogorov_smirnov"] == pytest.approx(0.5)
    assert "version 4 (stability index" in str(drift.findings[0].message)


@pytest.mark.parametrize(
    ("found", "metrics"),
    [
        ({"classes": {"ill": 3}}, {}),
        ({"mean": 1.0}, NUMBERS),
        ({"mean": 1.0, "bins": {"edges": [1.0], "counts": [1, 2]}}, {}),
        ({"mean": 1.0, "bins": {"edges": [1.0], "counts": [1, 2]}}, NUMBERS),
        ({"classes": {}}, CLASSES),
    ],
)
def test_what_was_not_counted_alike_is_not_compared(found: Any, metrics: dict[str, Any]) -> None:
    assert predictions_drift(4, found, metrics) is None
