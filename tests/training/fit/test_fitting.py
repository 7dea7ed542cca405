"""The final fit knows every row; what is reported of it is from rows held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from tests.training.conftest import QUICK
from tests.training.data import chance, example, joined, line, ring
from training.algorithms import ESTIMATORS
from training.fit.data import Data
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import score


def asked(algorithm, *arguments):
    return parse_hyperparameters(["--algorithm", algorithm, *QUICK[algorithm], *arguments])


def fitted(data, algorithm, *arguments):
    return fit_model(data, asked(algorithm, *arguments))


@pytest.mark.parametrize("bound_by", [None, "time"])
@pytest.mark.parametrize("algorithm", ["linear", "hist_gradient_boosting", "random_forest"])
def test_the_model_knows_the_validation_rows(algorithm, bound_by):
    data = joined(line(100), bound_by)
    changed = data.target.copy()
    changed[data.in_training :] += 50
    other = Data(data.schema, data.features, changed, data.in_training)
    one, two = (fitted(each, algorithm).pipeline for each in (data, other))
    rows = data.features.iloc[data.in_training :]
    assert (two.predict(rows) - one.predict(rows)).mean() > 3


def test_it_is_the_plain_model_of_all_rows():
    data = joined(ring())
    pipeline = fitted(data, "linear", "--alpha", "1").pipeline
    values = pipeline.named_steps["preprocess"].transform(data.features)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)  # scaled by all rows
    (model,) = pipeline.named_steps["model"].models
    by_hand = LogisticRegression(C=1.0, max_iter=1000).fit(values, data.target)
    np.testing.assert_allclose(model.coef_, by_hand.coef_, atol=1e-3)


@pytest.mark.parametrize("algorithm", ["linear", "random_forest", "xgboost"])
def test_classes_reported_figures_are_those_of_the_rows_held_out(algorithm):
    data = joined(ring())
    found = fitted(data, algorithm)
    told = score(found, data).metrics
    predicted = np.array(["in", "out"])[found.outputs.argmax(axis=1)]
    assert sorted(found.truth) == sorted(data.target)
    assert found.outputs.sum(axis=1) == pytest.approx(1)
    assert told == pytest.approx(
        {
            "accuracy": np.mean(predicted == found.truth),
            "balanced_accuracy": metrics.balanced_accuracy_score(found.truth, predicted),
            "f1_macro": metrics.f1_score(found.truth, predicted, average="macro"),
            "log_loss": metrics.log_loss(found.truth, found.outputs),
            "roc_auc": metrics.roc_auc_score(found.truth, found.outputs[:, 1]),
        }
    )
    assert found.account["loss"] == pytest.approx(told["log_loss"])


@pytest.mark.parametrize("bound_by", [None, "group"])
def test_numbers_reported_figures_are_those_of_the_rows_held_out(bound_by):
    data = joined(line(), bound_by)
    found = fitted(data, "additive")
    told = score(found, data)
    assert len(found.truth) == (16 if bound_by else 80)
    assert told.metrics["rmse"] == pytest.approx(found.account["loss"])
    assert told.metrics["r2"] == pytest.approx(metrics.r2_score(found.truth, found.outputs))
    assert told.metrics["mae"] == pytest.approx(np.abs(found.truth - found.outputs).mean())
    below = np.abs(found.truth - found.outputs) <= told.half_widths["0.8"]
    assert 0.8 <= below.mean() <= 0.95


@pytest.mark.parametrize("algorithm", sorted(ESTIMATORS))
def test_chance_does_not_look_predictable(algorithm):
    """On rows that were fitted on, trees would tell nearly all of them right."""
    data = joined(chance(200))
    rates = data.base_rates
    entropy = -(rates * np.log(rates)).sum()
    told = score(fitted(data, algorithm), data).metrics
    assert entropy - 0.03 < told["log_loss"] < entropy + 0.01
    assert told["roc_auc"] < 0.6


def test_a_class_of_the_validation_split_alone_is_known():
    frame = ring(60).frame
    frame.loc[[55, 57, 59], "y"] = "late"
    for bound_by in (None, "time"):
        data = joined(example(frame, "multiclass", "y"), bound_by)
        found = fitted(data, "linear")
        assert found.pipeline.named_steps["model"].classes_.tolist() == ["in", "late", "out"]
        assert np.isfinite(score(found, data).metrics["log_loss"])
        assert found.pipeline.predict_proba(data.features).shape == (60, 3)


def test_calibration_travels_in_the_model():
    """Labels that are often wrong: full trees are far too sure, and told so."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.random(300)})
    frame["y"] = np.where(generator.random(300) < 0.25, frame["x"] > 0.5, frame["x"] <= 0.5)
    data = joined(example(frame.astype({"y": str}), "binary", "y"))
    found = fitted(data, "extra_trees", "--n_estimators", "20")
    (told,) = found.account["candidates"]
    (member,) = found.pipeline.named_steps["model"].members
    assert member.calibration._asdict() == told["calibration"]
    assert member.calibration.share > 0 or member.calibration.power < 1
    new = generator.random(1000)
    y = np.where(generator.random(1000) < 0.25, new > 0.5, new <= 0.5).astype(str)
    probabilities = found.pipeline.predict_proba(pd.DataFrame({"x": new}))
    plain = member.model.predict_proba(
        found.pipeline.named_steps["preprocess"].transform(pd.DataFrame({"x": new}))
    )
    assert metrics.log_loss(y, probabilities) < metrics.log_loss(y, plain) - 0.2
    assert metrics.log_loss(y, probabilities) == pytest.approx(found.account["loss"], abs=0.1)
