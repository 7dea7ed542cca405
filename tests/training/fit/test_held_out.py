"""Candidates are judged on rows that they were not fitted on; the hopeless ones and time end it."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge

from tests.training.data import example, joined, line, penguins, ring
from training.algorithms import ALGORITHMS
from training.fit import held_out
from training.fit.candidates import Candidate, candidates_of
from training.fit.fitting import FinalFit, fit_model
from training.fit.folds import plan_folds
from training.fit.held_out import CrossValidation
from training.fit.hyperparameters import parse_hyperparameters

AUTO = parse_hyperparameters(["--algorithm", "auto"])


def candidate(algorithm, **values):
    defaults = {key: item.default for key, item in ALGORITHMS[algorithm].parameters.items()}
    return Candidate(algorithm, {**defaults, **values}, algorithm)


LINEAR, CURVES = candidate("linear"), candidate("additive")
TREES = candidate("extra_trees", n_estimators=5)


def ask(data, *candidates, settings=AUTO):
    validation = CrossValidation(data, plan_folds(data, settings), settings)
    everything = FinalFit(data, 0, candidates, lambda _: None).values
    return validation, validation.ask(candidates, everything)


def test_each_row_is_answered_by_the_model_that_does_not_know_it():
    data = joined(line())
    _, (found,) = ask(data, LINEAR)
    for known, held in plan_folds(data, AUTO).sides:
        values = data.features.to_numpy()
        mean, scale = values[known].mean(axis=0), values[known].std(axis=0)
        model = Ridge(LINEAR.values["alpha"])
        model.fit((values[known] - mean) / scale, data.target[known])
        expected = model.predict((values[held] - mean) / scale)
        np.testing.assert_allclose(found.outputs[held], expected, rtol=1e-9)


def test_columns_are_encoded_without_the_rows_held_out(monkeypatch):
    """Means of the target by category would tell a row its own target."""
    seen = []
    original = held_out.build_preprocessing

    def spy(schema, seed, features, target, encodings):
        seen.append(len(features))
        return original(schema, seed, features, target, encodings)

    monkeypatch.setattr(held_out, "build_preprocessing", spy)
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"ring": [f"r{row % 60}" for row in range(360)]})
    frame["y"] = generator.choice(["a", "b"], 360)
    data = joined(example(frame, "binary", "y"))
    _, (found,) = ask(data, LINEAR)
    assert seen == [288] * 5
    right = (found.outputs.argmax(axis=1) == (data.target == "b")).mean()
    assert abs(right - 0.5) < 0.09


def test_a_class_that_a_fold_does_not_know_has_no_probability_there():
    frame = ring(60).frame
    frame.loc[7, "y"] = "alone"
    data = joined(example(frame, "multiclass", "y"))
    _, (found,) = ask(data, LINEAR)
    assert found.outputs.shape == (60, 3)
    assert found.outputs.sum(axis=1) == pytest.approx(1)
    assert found.outputs[7, 0] == 0


def test_forests_are_judged_out_of_bag_from_enough_trees_on():
    data = joined(ring(60))
    few, many = (candidate("random_forest", n_estimators=count) for count in (99, 100))
    validation, (found,) = ask(data, many)
    assert validation.done == 0
    by_hand = RandomForestClassifier(100, random_state=0, oob_score=True)
    by_hand.fit(FinalFit(data, 0, [many], lambda _: None).values["ordinal"], data.target)
    np.testing.assert_allclose(found.outputs, by_hand.oob_decision_function_)
    assert found.model is not None
    assert not hasattr(found.model, "oob_decision_function_")
    validation, (found,) = ask(data, few)
    assert validation.done == 5
    assert found.model is None


@pytest.mark.parametrize("bound_by", [None, "group"])
def test_groups_forbid_out_of_bag_answers(bound_by):
    """Twins in each group: a forest that knows one of them knows the other."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": np.repeat(generator.random(100), 2)})
    frame["y"] = np.repeat(generator.choice(["a", "b"], 100), 2)
    data = joined(example(frame, "binary", "y"), bound_by)
    settings = parse_hyperparameters(["--algorithm", "random_forest", "--n_estimators", "100"])
    fitted = fit_model(data, settings)
    right = (np.array(["a", "b"])[fitted.outputs.argmax(axis=1)] == fitted.truth).mean()
    if bound_by:
        assert len(fitted.truth) == 40
        assert right < 0.75
    else:
        assert len(fitted.truth) == 200
        assert right > 0.9


def test_hopeless_candidates_leave_after_the_first_fold():
    data = joined(line())
    fits = []

    class Counted(Candidate):
        def build(self, seed, *, classifies):
            fits.append(self.algorithm)
            return super().build(seed, classifies=classifies)

    candidates = [Counted(each.algorithm, each.values, each.name) for each in (LINEAR, TREES)]
    _, found = ask(data, *candidates)
    assert [each.candidate.algorithm for each in found] == ["linear"]
    assert (fits.count("linear"), fits.count("extra_trees")) == (5, 1)


def _clock(monkeypatch, step):
    left = itertools.count(0.0, step)
    monkeypatch.setattr(held_out, "time", SimpleNamespace(monotonic=lambda: next(left)))
    monkeypatch.setattr(held_out, "at_once", lambda work: [each() for each in work])


@pytest.mark.parametrize(("step", "done"), [(1000.0, 1), (12.0, 2), (0.001, 5)])
def test_time_ends_the_comparison_between_folds(step, done, monkeypatch):
    _clock(monkeypatch, step)
    data = joined(line())
    validation, found = ask(data, LINEAR, CURVES)
    assert validation.done == done
    for each in found:
        sides = plan_folds(data, AUTO).sides[:done]
        answered = np.sort(np.concatenate([held for _, held in sides]))
        assert np.flatnonzero(each.answered).tolist() == answered.tolist()


@pytest.mark.parametrize(("step", "forests"), [(1000.0, 0), (0.001, 1)])
def test_a_forest_is_not_begun_once_time_is_over(step, forests, monkeypatch):
    _clock(monkeypatch, step)
    forest = next(each for each in candidates_of(AUTO, 100, 3) if each.algorithm == "random_forest")
    _, found = ask(joined(line()), LINEAR, forest)
    assert len(found) == 1 + forests


def test_a_single_algorithm_has_no_time_budget(monkeypatch):
    _clock(monkeypatch, 1000.0)
    settings = parse_hyperparameters(["--algorithm", "linear"])
    validation, _ = ask(joined(line()), LINEAR, settings=settings)
    assert validation.done == 5


def test_what_auto_compares():
    found = candidates_of(AUTO, 100, 3)
    assert {each.algorithm for each in found} == set(ALGORITHMS) - {"auto"}
    assert len({each.name for each in found}) == len(found)
    forests = {"random_forest", "extra_trees"}
    assert not forests & {each.algorithm for each in candidates_of(AUTO, 50_001, 3)}
    assert "additive" not in {each.algorithm for each in candidates_of(AUTO, 100, 151)}
    weighed = parse_hyperparameters(["--algorithm", "auto", "--class_weight", "balanced"])
    for each in candidates_of(weighed, 100, 3):
        assert each.values["class_weight"] == "balanced"


def test_without_its_package_xgboost_does_not_take_part(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "xgboost" not in {each.algorithm for each in candidates_of(AUTO, 100, 3)}


def test_xgboost_may_have_a_column_for_each_category():
    frame = penguins().frame[["species", "island", "sex"]].dropna()
    made = example(frame, "multiclass", "species")
    widths = {}
    for kind in ("numbers", "columns"):
        arguments = ["--algorithm", "xgboost", "--n_estimators", "5", "--categories", kind]
        fitted = fit_model(joined(made), parse_hyperparameters(arguments))
        widths[kind] = fitted.pipeline["model"].models[0].booster_.num_features()
    assert widths == {"numbers": 2, "columns": 3 + 2}
