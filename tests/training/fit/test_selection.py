"""From held-out answers to weights: what is best together, and what is told of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.training.data import chance, example, joined, line, ring
from training.fit import fitting
from training.fit.account import account_of
from training.fit.candidates import Candidate, candidates_of
from training.fit.fitting import fit_model
from training.fit.held_out import HeldOut
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.selection import FEW_ROWS, LEAST_WEIGHT, choose
from training.model.calibration import Calibration, log_loss

AUTO = parse_hyperparameters(["--algorithm", "auto"])
GENERATOR = np.random.default_rng(0)
ERRORS = GENERATOR.normal(size=(3, 80))


def answers(data, *outputs):
    return [
        HeldOut(Candidate("linear", {}, f"c{number}"), np.asarray(each, float), seconds=number)
        for number, each in enumerate(outputs)
    ]


def chosen(data, *outputs, may_calibrate=True):
    return choose(answers(data, *outputs), data, may_calibrate=may_calibrate)


def weights(choice):
    return [each.weight for each in choice.candidates]


def rmse(errors):
    return float(np.sqrt(np.mean(np.square(errors))))


# Numbers ------------------------------------------------------------------------------------------


def test_errors_that_cancel_out_share_the_weight():
    data = joined(line())
    choice = chosen(data, data.target + ERRORS[0], data.target - ERRORS[0], data.target * 0)
    assert weights(choice) == [0.5, 0.5, 0]
    assert choice.loss == pytest.approx(0, abs=1e-12)


def test_the_best_one_alone_where_the_others_only_harm():
    data = joined(line())
    choice = chosen(data, data.target + 9 * ERRORS[0], data.target + ERRORS[1] / 100, ERRORS[2])
    assert weights(choice) == [0, 1, 0]
    assert choice.loss == pytest.approx(rmse(ERRORS[1] / 100))


def test_weights_are_near_the_best_that_there_are():
    data = joined(line())
    sizes = [1.0, 1.5, 2.5]
    errors = [size * each for size, each in zip(sizes, ERRORS, strict=True)]
    choice = chosen(data, *(data.target + each for each in errors))
    shares = np.random.default_rng(1).dirichlet([1, 1, 1], 4000)
    best = min(rmse(share @ np.array(errors)) for share in shares)
    assert choice.loss < best * 1.01
    assert choice.loss < min(map(rmse, errors)) * 0.9
    assert sum(weights(choice)) == pytest.approx(1)


def test_less_than_the_least_weight_is_none():
    data = joined(line())
    # Best together at 39/40 and 1/40.
    choice = chosen(data, data.target + ERRORS[0], data.target - 39 * ERRORS[0])
    assert weights(choice) == [1, 0]
    assert LEAST_WEIGHT > 1 / 40


@pytest.mark.parametrize(("rows", "share"), [(80, FEW_ROWS / (FEW_ROWS + 80) / 2), (4000, 0)])
def test_few_rows_leave_weight_to_what_is_all_but_as_good(rows, share):
    data = joined(line(rows))
    errors = np.random.default_rng(0).normal(size=rows)
    outputs = [data.target + errors, data.target + 1.01 * errors, data.target + 1.1 * errors]
    assert weights(chosen(data, *outputs)) == [1, 0, 0]
    choice = choose(answers(data, *outputs), data, may_calibrate=True, hedges=True)
    assert weights(choice) == pytest.approx([1 - share, share, 0])


def test_only_rows_that_all_were_asked_about_count():
    data = joined(line())
    partly = data.target + ERRORS[0]
    partly[30:] = np.nan
    choice = chosen(data, partly, data.target + 2 * ERRORS[1])
    assert np.flatnonzero(choice.rows).tolist() == list(range(30))
    assert choice.outputs.shape == (30,)
    assert choice.candidates[1].loss == pytest.approx(rmse(2 * ERRORS[1][:30]))


# Probabilities ------------------------------------------------------------------------------------


def overconfident(data):
    right = np.where(np.arange(len(data.target)) % 4 == 0, 1 - data.numbers, data.numbers)
    return np.where(np.eye(2)[right] == 1, 0.999, 0.001)


def test_candidates_are_calibrated_before_they_are_compared():
    data = joined(ring(80))
    told = overconfident(data)
    choice = chosen(data, told)
    (only,) = choice.candidates
    assert only.calibration.power < 0.5
    assert only.loss < log_loss(told, data.numbers) - 0.5
    assert choice.loss == pytest.approx(log_loss(choice.outputs, data.numbers)) == only.loss
    assert choice.calibration == Calibration()  # a single one is calibrated once


def test_nothing_is_calibrated_where_weights_were_asked_for():
    data = joined(ring(80))
    told = overconfident(data)
    choice = chosen(data, told, may_calibrate=False)
    assert choice.candidates[0].calibration == Calibration()
    np.testing.assert_array_equal(choice.outputs, told)
    settings = parse_hyperparameters(["--algorithm", "linear", "--class_weight", "balanced"])
    model = fit_model(data, settings).pipeline.named_steps["model"]
    assert model.calibration == model.members[0].calibration == Calibration()


# The whole way ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_a_ring():
    return fit_model(joined(ring()), AUTO)


@pytest.fixture(scope="module")
def on_a_line():
    return fit_model(joined(line(60)), AUTO)


def test_what_is_known_to_be_best_is_chosen(on_a_ring, on_a_line):
    found = {each["algorithm"]: each["weight"] for each in on_a_line.account["candidates"]}
    assert found["linear"] > 0.8
    weighed = [each for each in on_a_ring.account["candidates"] if each["weight"]]
    assert "linear" not in {each["algorithm"] for each in weighed}
    assert on_a_ring.account["loss"] < 0.3


@pytest.mark.parametrize("name", ["on_a_ring", "on_a_line"])
def test_the_account_has_every_candidate_and_a_true_reason(name, request):
    fitted = request.getfixturevalue(name)
    account = fitted.account
    names = [each["name"] for each in account["candidates"]]
    rows = len(fitted.truth)
    everyone = {each.name for each in candidates_of(AUTO, rows, 2)}
    assert {*names, *account["left_out"]} == everyone
    assert len(names) + len(account["left_out"]) == len(everyone)
    losses = [each["loss"] for each in account["candidates"]]
    assert losses == sorted(losses)
    assert all(each["seconds"] >= 0 for each in account["candidates"])
    assert sum(each["weight"] for each in account["candidates"]) == pytest.approx(1)
    assert account["loss"] <= losses[0]
    assert (account["rows"], account["folds"]) == (rows, 5)
    reason = account["reason"]
    for each in account["candidates"]:
        assert (f"{each['weight']:.0%} {each['name']}" in reason) == (each["weight"] > 0)
    assert f"{account['metric']} {account['loss']:.4g} on {rows} rows held out in 5 fold" in reason
    assert f"best single one, {names[0]}, has {losses[0]:.4g}" in reason


def test_the_hopeless_are_named(on_a_line):
    assert "extra_trees (n_estimators 100)" in on_a_line.account["left_out"]


def test_the_reason_tells_how_rows_were_held_out():
    data = joined(line())
    choice = chosen(data, data.target + ERRORS[0])
    asked = [choice.candidates[0].held_out.candidate]
    reasons = [account_of(choice, asked, folds)["reason"] for folds in (0, 1, 5)]
    for reason, words in zip(
        reasons,
        ("80 rows out of bag", "80 rows held out once", "80 rows held out in 5"),
        strict=True,
    ):
        assert words in reason


def test_same_rows_and_settings_give_the_same_bits(on_a_ring):
    again = fit_model(joined(ring()), AUTO)
    features = ring(50, seed=7).frame[["x", "z"]]
    assert len(again.pipeline.named_steps["model"].models) > 1
    first, second = (each.pipeline.predict_proba(features) for each in (on_a_ring, again))
    assert first.tobytes() == second.tobytes()
    assert on_a_ring.outputs.tobytes() == again.outputs.tobytes()
    accounts = [
        [{**told, "seconds": 0} for told in each.account["candidates"]]
        for each in (on_a_ring, again)
    ]
    assert accounts[0] == accounts[1]


def test_an_ensemble_does_as_well_on_new_rows_as_it_says(on_a_ring):
    new = joined(ring(1000, seed=3))
    found = log_loss(on_a_ring.pipeline.predict_proba(new.features), new.numbers)
    assert found < on_a_ring.account["loss"] + 0.2


def test_chance_does_not_look_predictable():
    data = joined(chance(150))
    fitted = fit_model(data, AUTO)
    rates = data.base_rates
    entropy = -(rates * np.log(rates)).sum()
    assert entropy - 0.04 < fitted.account["loss"] < entropy + 0.01
    new = joined(chance(1000, seed=5))
    assert log_loss(fitted.pipeline.predict_proba(new.features), new.numbers) < 0.63


def test_too_few_rows_are_fitted_plainly():
    frame = pd.DataFrame({"x": np.arange(8.0), "y": ["a", "b"] * 4})
    fitted = fit_model(joined(example(frame, "binary", "y")), AUTO)
    (model,) = fitted.pipeline.named_steps["model"].models
    assert type(model).__name__ == "RandomForestClassifier"
    assert fitted.account is None
    assert fitted.outputs.shape == (0, 2)
    boosting = parse_hyperparameters(["--algorithm", "hist_gradient_boosting"])
    fitted = fit_model(joined(example(frame, "binary", "y")), boosting)
    assert fitted.pipeline.named_steps["model"].models[0].n_iter_ > 0


def test_what_no_member_takes_is_not_computed_at_the_endpoint(on_a_line, monkeypatch):
    """`linear` alone needs no curves, though they were compared."""
    names = [name for name, *_ in on_a_line.pipeline.named_steps["preprocess"].transformers_]
    assert names == ["numeric"]
    assert fitting.ALGORITHMS["additive"].encoding == "curves"
