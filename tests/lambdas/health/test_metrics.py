"""Metrics of watched datasets, and of no others."""

import json
from typing import Any

import pytest

from lambdas.health.metrics import emit_health
from tests.lambdas.health import years
from tests.lambdas.health.years import entry, figure


def emitted(capsys: pytest.CaptureFixture[str], *entries: Any) -> dict[str, float]:
    for each in entries:
        emit_health("heart", each)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = ("DriftedColumns", "Quality", "QualityFallen", "DomainAuc")
    for line in lines:
        assert line["dataset"] == "heart"
    return {name: line[name][0] for line in lines for name in names if name in line}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHED_DATASETS", "heart ward")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Molino")


def test_a_watched_datasets_figures(capsys: pytest.CaptureFixture[str]) -> None:
    drift = years.drift(30, 2, 1)
    found = emitted(capsys, entry("a", "upload", 1, drift=drift, quality=[figure(1, 0.7)]))
    assert found == {"DriftedColumns": 2, "DomainAuc": 0.7, "Quality": 0.7, "QualityFallen": 1}
    assert emitted(capsys, entry("b", "upload", 2, quality=[figure(1, 0.9)])) == {
        "Quality": 0.9,
        "QualityFallen": 0,
    }
    assert emitted(capsys, entry("c", "upload", 3)) == {}


def test_other_datasets_cost_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHED_DATASETS", "heartbeat")
    assert emitted(capsys, entry("a", "upload", 1, quality=[figure(1, 0.7)])) == {}
