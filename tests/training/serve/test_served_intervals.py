"""Intervals served with a number hold the truth as often as they say, on rows never seen."""

from __future__ import annotations

import json

import pytest

from tests.training.data import Example, diabetes
from training.model.files import read_description
from training.serve.hooks import answer, model_fn

UNSEEN = 142  # of 442 rows


@pytest.mark.parametrize("algorithm", ["random_forest", "linear"])
def test_coverage(algorithm, fit_here):
    data = diabetes()
    frame = data.frame.sample(frac=1, random_state=1).reset_index(drop=True)
    folder = fit_here(Example(frame.iloc[UNSEEN:].reset_index(drop=True), data.schema), algorithm)
    unseen = frame.iloc[:UNSEEN]
    body, _ = answer(
        model_fn(str(folder)), unseen.to_csv(index=False), "text/csv", "application/json"
    )
    items = json.loads(body)["predictions"]
    widths = read_description(folder)["half_widths"]
    assert set(widths) == {"0.8", "0.9", "0.95"}
    for level, half in widths.items():
        pairs = [item["intervals"][level] for item in items]
        assert all(
            pair == [item["prediction"] - half, item["prediction"] + half]
            for pair, item in zip(pairs, items, strict=True)
        )
        truth = unseen[data.schema.target]
        held = sum(low <= y <= high for (low, high), y in zip(pairs, truth, strict=True))
        # Both the calibration (60 rows) and this count vary: three standard deviations of both.
        spread = 3 * (float(level) * (1 - float(level)) * (1 / 60 + 1 / UNSEEN)) ** 0.5
        assert abs(held / UNSEEN - float(level)) < spread
