"""Boosting ends where more rounds do not help on rows held out, and the final model with it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from tests.training.data import joined, line, ring
from training.fit import early_stopping
from training.fit.candidates import candidates_of
from training.fit.early_stopping import PATIENCE, best_rounds, fit_watched, keep_rounds
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters

BOOSTINGS = ["hist_gradient_boosting", "xgboost"]
ROUNDS = {"hist_gradient_boosting": "max_iter", "xgboost": "n_estimators"}


def unfitted(algorithm, *arguments, classifies=True):
    settings = parse_hyperparameters(["--algorithm", algorithm, *arguments])
    candidate, *_ = candidates_of(settings, 100, 2)
    return candidate.build(0, classifies=classifies)


def two_sides(made):
    data = joined(made)
    values, target = data.features.to_numpy(), data.target
    return (values[: data.in_training], target[: data.in_training]), (
        values[data.in_training :],
        target[data.in_training :],
    )


def rounds_of(algorithm, model):
    if algorithm == "xgboost":
        return model.booster_.num_boosted_rounds()
    return model.n_iter_


def test_the_lowest_mean_counts_and_a_curve_that_ended_stays_at_its_last_value():
    assert best_rounds([np.array([3.0, 2, 1, 2, 3])]) == 3
    assert best_rounds([np.array([3.0, 2, 1, 2]), np.array([3.0, 2, 2, 1.5])]) == 3
    assert best_rounds([np.array([9.0, 1, 5, 5]), np.array([9.0, 5, 5, 1])]) == 2
    assert best_rounds([np.array([5.0, 4]), np.array([5.0, 4.5, 4, 3])]) == 4
    assert best_rounds([np.array([5.0, 1, 9]), np.array([5.0, 4.5, 4, 3, 2, 1, 0.5])]) == 2
    assert best_rounds([np.array([1.0])]) == 1


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_fitting_ends_when_patience_does(algorithm):
    known, held = two_sides(ring(200))
    model = unfitted(algorithm, "--learning_rate", "0.3")
    curve = fit_watched(model, known, held)
    assert len(curve) - int(curve.argmin()) - 1 == pytest.approx(PATIENCE, abs=1)
    assert rounds_of(algorithm, model) == len(curve)
    assert curve.min() < curve[0] - 0.1


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_the_curve_is_the_loss_on_the_rows_held_out(algorithm):
    known, held = two_sides(ring(200))
    model = unfitted(algorithm, "--learning_rate", "0.3")
    curve = fit_watched(model, known, held)
    for rounds in (len(curve), 7, 1):
        keep_rounds(model, rounds)
        loss = log_loss(held[1], model.predict_proba(held[0]))
        assert loss == pytest.approx(curve[rounds - 1], rel=1e-4)


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_rounds_that_are_dropped_leave_the_model_that_never_had_them(algorithm):
    known, held = two_sides(line(120))
    model = unfitted(algorithm, classifies=False)
    fit_watched(model, known, held)
    keep_rounds(model, 12)
    plain = unfitted(algorithm, f"--{ROUNDS[algorithm]}", "12", classifies=False).fit(*known)
    np.testing.assert_array_equal(model.predict(held[0]), plain.predict(held[0]))


@pytest.mark.parametrize("algorithm", BOOSTINGS)
@pytest.mark.parametrize("made", [ring, line])
def test_the_final_model_has_the_rounds_that_were_found(algorithm, made):
    settings = parse_hyperparameters(["--algorithm", algorithm, "--learning_rate", "0.3"])
    fitted = fit_model(joined(made()), settings)
    (told,) = fitted.account["candidates"]
    (model,) = fitted.pipeline.named_steps["model"].models
    rounds = told["hyperparameters"][ROUNDS[algorithm]]
    assert 1 < rounds < 1000
    assert rounds_of(algorithm, model) == rounds


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_rounds_that_are_asked_for_are_fitted(algorithm):
    settings = parse_hyperparameters(["--algorithm", algorithm, f"--{ROUNDS[algorithm]}", "3"])
    fitted = fit_model(joined(ring()), settings)
    (model,) = fitted.pipeline.named_steps["model"].models
    assert rounds_of(algorithm, model) == 3


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_a_class_that_the_fold_does_not_know_is_not_watched(algorithm):
    known, (values, target) = two_sides(ring(200))
    strange = np.where(np.arange(len(target)) % 3 == 0, "strange", target)
    model = unfitted(algorithm, "--learning_rate", "0.3")
    curve = fit_watched(model, known, (values, strange))
    seen = strange != "strange"
    expected = fit_watched(
        unfitted(algorithm, "--learning_rate", "0.3"), known, (values[seen], target[seen])
    )
    np.testing.assert_array_equal(curve, expected)
    assert model.classes_.tolist() == ["in", "out"]


@pytest.mark.parametrize("algorithm", BOOSTINGS)
def test_many_classes_have_fewer_rounds_as_each_costs_a_tree(algorithm, monkeypatch):
    monkeypatch.setattr(early_stopping, "MOST_TREES", 12)
    known, held = two_sides(ring(200))
    assert len(fit_watched(unfitted(algorithm), known, held)) == 12
    known, held = ((x, np.where(x[:, 0] > 0, y, "third")) for x, y in (known, held))
    assert len(fit_watched(unfitted(algorithm), known, held)) == 4
