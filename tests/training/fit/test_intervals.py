"""Intervals hold what they promise on rows that nobody has seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.training.conftest import FEW_FOLDS
from tests.training.data import EXAMPLES
from training.algorithms import ALGORITHMS
from training.fit.metrics import INTERVAL_LEVELS, interval_half_widths
from training.model.files import read_description


def test_ranks_are_those_of_split_conformal():
    errors = np.arange(1.0, 101.0)  # 1, 2, … 100
    assert interval_half_widths(errors, np.zeros(100)) == {"0.8": 81.0, "0.9": 91.0, "0.95": 96.0}


def test_too_few_rows_promise_nothing():
    assert interval_half_widths(np.ones(9), np.zeros(9)) == {"0.8": 1.0, "0.9": 1.0}
    assert interval_half_widths(np.ones(3), np.zeros(3)) == {}


@pytest.mark.parametrize("level", INTERVAL_LEVELS)
def test_new_rows_lie_inside_as_often_as_promised(level):
    generator = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        errors = generator.standard_t(3, 60)
        width = interval_half_widths(errors[:59], np.zeros(59))[str(level)]
        inside.append(abs(errors[59]) <= width)
    assert np.mean(inside) > level - 2.5 * (level * (1 - level) / 400) ** 0.5


def test_training_stores_those_of_rows_held_out(fit_once):
    assert read_description(fit_once("penguins"))["half_widths"] is None
    data = EXAMPLES["diabetes"]()
    widths = read_description(fit_once("diabetes", "linear"))["half_widths"]
    comes_last = np.arange(len(data.frame)) % 5 == 0
    frame = pd.concat([data.frame[~comes_last], data.frame[comes_last]])
    features, target = frame[data.schema.names].to_numpy(), frame["target"].to_numpy()
    alpha = ALGORITHMS["linear"].parameters["alpha"].default
    answers = np.empty(len(target))
    for known, held in KFold(FEW_FOLDS, shuffle=True, random_state=0).split(features):
        model = make_pipeline(StandardScaler(), Ridge(alpha)).fit(features[known], target[known])
        answers[held] = model.predict(features[held])
    assert widths == pytest.approx(interval_half_widths(target, answers))
