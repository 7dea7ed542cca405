"""The laid-out forest gives scikit-learn's numbers, bit for bit, at every batch size."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from training.forest import SMALL_BATCH, Forest


@pytest.mark.parametrize(
    ("model", "load"),
    [
        (RandomForestClassifier(60, random_state=0), load_breast_cancer),
        (RandomForestClassifier(60, random_state=0), load_digits),
        (RandomForestRegressor(200, random_state=0), load_diabetes),
        (RandomForestRegressor(1, max_depth=1, random_state=0), load_diabetes),
    ],
    ids=["binary", "ten classes", "regression", "stump"],
)
def test_equals_scikit_learn(model, load):
    features, target = load(return_X_y=True)
    if load is load_diabetes:
        target = target / 7  # sums of whole numbers would be exact in any order
    model.fit(features, target)
    forest, values = Forest(model), features.astype(np.float32)
    classifies = hasattr(model, "predict_proba")
    expected = model.predict_proba(values) if classifies else model.predict(values)[:, None]
    for rows in (1, 2, SMALL_BATCH, SMALL_BATCH + 1, len(values)):
        assert np.array_equal(forest.mean(values[:rows]), expected[:rows])
    for row in range(0, len(values), 7):
        assert np.array_equal(forest.mean(values[[row]]), expected[[row]])


def test_tree_that_is_one_leaf():
    """All targets alike: every tree is a root without children."""
    features = np.arange(12.0).reshape(6, 2)
    model = RandomForestRegressor(5, random_state=0).fit(features, np.full(6, 2.5))
    assert Forest(model).mean(features[:2].astype(np.float32)).tolist() == [[2.5], [2.5]]


def test_values_on_a_threshold_go_left():
    """A value equal to a threshold decides between <= and <."""
    features = np.arange(40.0)[:, None]
    model = RandomForestRegressor(20, random_state=0).fit(features, features.ravel())
    thresholds = np.unique(
        np.concatenate([tree.tree_.threshold for tree in model.estimators_])
    ).astype(np.float32)
    values = np.array([value for value in thresholds if value >= 0], np.float32)[:, None]
    assert len(values) > 20
    got = np.vstack([Forest(model).mean(values[[row]]) for row in range(len(values))])
    assert np.array_equal(got.ravel(), model.predict(values))
