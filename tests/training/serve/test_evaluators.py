"""Every quick way gives scikit-learn's numbers, bit for bit, at every batch size."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from training.serve import tree_walk
from training.serve.quick_prediction import quick_prediction

SIZES = (1, 2, tree_walk.FOREST_BATCH, tree_walk.FOREST_BATCH + 1, tree_walk.BOOSTING_BATCH + 1)
MODELS = [
    (RandomForestClassifier(60, random_state=0), load_breast_cancer),
    (RandomForestClassifier(60, random_state=0), load_digits),
    (RandomForestRegressor(200, random_state=0), load_diabetes),
    (RandomForestRegressor(1, max_depth=1, random_state=0), load_diabetes),
    (ExtraTreesClassifier(60, random_state=0), load_digits),
    (ExtraTreesRegressor(60, random_state=0), load_diabetes),
    (HistGradientBoostingClassifier(max_iter=40), load_breast_cancer),
    (HistGradientBoostingClassifier(max_iter=10), load_digits),
    (HistGradientBoostingRegressor(max_iter=40), load_diabetes),
    (HistGradientBoostingRegressor(max_iter=40, loss="poisson"), load_diabetes),
    (LogisticRegression(max_iter=1000), load_breast_cancer),
    (LogisticRegression(max_iter=1000), load_digits),
    (Ridge(), load_diabetes),
]


@pytest.mark.parametrize(
    ("model", "load"),
    MODELS,
    ids=[f"{type(model).__name__}-{load.__name__}" for model, load in MODELS],
)
def test_equals_scikit_learn(model, load):
    features, target = load(return_X_y=True)
    if load is load_diabetes:
        target = target / 7  # sums of whole numbers would be exact in any order
    values = StandardScaler().fit_transform(features)
    model.fit(values, target)
    own = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    ask = quick_prediction(model)
    for rows in (*SIZES, len(values)):
        assert np.array_equal(np.squeeze(ask(values[:rows])), np.squeeze(own(values[:rows])))
    for row in range(0, len(values), 7):
        assert np.array_equal(ask(values[[row]]).ravel(), own(values[[row]]).ravel())


def test_tree_that_is_one_leaf():
    """All targets alike: every tree is a root without children."""
    features = np.arange(12.0).reshape(6, 2)
    for model in (RandomForestRegressor(5, random_state=0), HistGradientBoostingRegressor()):
        model.fit(features, np.full(6, 2.5))
        assert quick_prediction(model)(features[:2]).ravel().tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (RandomForestRegressor(20, random_state=0), np.float32),
        (HistGradientBoostingRegressor(min_samples_leaf=2), np.float64),
    ],
)
def test_values_on_a_threshold_go_left(model, kind):
    """A value equal to a threshold decides between <= and <."""
    features = np.arange(400.0)[:, None]
    model.fit(features, features.ravel())
    if kind is np.float32:
        found = np.concatenate([tree.tree_.threshold for tree in model.estimators_])
    else:
        found = np.concatenate([trees[0].nodes["num_threshold"] for trees in model._predictors])
    values = np.unique(found[found >= 0]).astype(kind).astype(np.float64)[:, None]
    assert len(values) > 20
    ask = quick_prediction(model)
    got = np.array([ask(values[[row]]).item() for row in range(len(values))])
    assert np.array_equal(got, model.predict(values))
