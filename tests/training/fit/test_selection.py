"""`auto`: what is compared, what is chosen, and what is told of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.data import EXAMPLES, example
from training.algorithms import ALGORITHMS
from training.fit import auto as selection
from training.fit.auto import CANDIDATES, FOLDS, select
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import decide, run
from training.fit.splits import read_split
from training.model.files import read_description
from training.serve.hooks import answer, model_fn

AUTO = parse_hyperparameters(["--algorithm", "auto"])


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch) -> None:
    """Small models: what is tested is the comparison."""
    for name, rounds in {
        "random_forest": "n_estimators",
        "extra_trees": "n_estimators",
        "hist_gradient_boosting": "max_iter",
    }.items():
        parameters = dict(ALGORITHMS[name].parameters)
        parameters[rounds] = replace(parameters[rounds], default=10)
        monkeypatch.setitem(ALGORITHMS, name, replace(ALGORITHMS[name], parameters=parameters))


def _ring(rows: int = 300) -> pd.DataFrame:
    """A class inside a circle, which no line can part from the outside."""
    points = np.random.default_rng(0).normal(size=(rows, 2))
    inside = (points**2).sum(axis=1) < 1.4
    return pd.DataFrame({"x": points[:, 0], "z": points[:, 1], "y": np.where(inside, "in", "out")})


def _line(rows: int = 120) -> pd.DataFrame:
    """A number that is a sum of ten others and noise: what linear models are for."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(rows, 10))
    frame = pd.DataFrame(values, columns=[f"x{number}" for number in range(10)])
    return frame.assign(y=values.sum(axis=1) + generator.normal(scale=0.1, size=rows))


def _select(frame: pd.DataFrame, task: str, settings=AUTO) -> selection.Selection:
    data = example(frame, task, "y")
    return select(data.schema, settings, frame[data.schema.names], frame["y"].to_numpy())


def test_what_is_known_to_be_best_is_chosen():
    assert _select(_line(), "regression").settings.algorithm == "linear"
    assert _select(_ring(), "binary").settings.algorithm != "linear"


def test_the_choice_is_explained_with_every_score():
    document = _select(_line(), "regression").document
    candidates = document["candidates"]
    assert {item["algorithm"] for item in candidates} == set(CANDIDATES)
    means = [item["mean"] for item in candidates]
    assert means == sorted(means)
    assert candidates[0]["algorithm"] == document["chosen"] == "linear"
    for item in candidates:
        assert len(item["scores"]) == document["folds"] == FOLDS
        assert item["mean"] == pytest.approx(np.mean(item["scores"]))
        error = np.std(item["scores"], ddof=1) / FOLDS**0.5
        assert item["standard_error"] == pytest.approx(error)
        assert item["seconds"] > 0
    assert document["metric"] == "rmse"
    assert document["reason"].startswith("linear had the lowest mean rmse in 5 folds")
    assert candidates[1]["algorithm"] in document["reason"]


def test_scores_are_those_of_rows_left_out():
    """Targets of chance can't be predicted; a score on fitted rows would look good."""
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({"x": generator.random(300), "y": generator.choice(["a", "b"], 300)})
    for item in _select(frame, "binary").document["candidates"]:
        assert item["mean"] > 0.65


def test_time_ends_the_comparison_between_folds(monkeypatch):
    moments = iter(np.arange(0, 10_000, 30.0))
    monkeypatch.setattr(selection.time, "monotonic", lambda: float(next(moments)))
    document = _select(_line(60), "regression").document
    assert 1 <= document["folds"] < FOLDS
    assert {len(item["scores"]) for item in document["candidates"]} == {document["folds"]}


def test_class_of_one_row_and_rows_too_few():
    frame = _ring(40)
    frame.loc[0, "y"] = "alone"
    assert _select(frame, "multiclass").document["folds"] == 2
    few = _ring(40).groupby("y").head(1).reset_index(drop=True)
    chosen = _select(few, "binary")
    assert chosen.settings.algorithm == "random_forest"
    assert "too few rows" in chosen.document["reason"]


def test_many_rows_are_compared_on_a_sample(monkeypatch):
    monkeypatch.setattr(selection, "MAXIMUM_ROWS", 50)
    assert _select(_ring(), "binary").document["rows"] == 50


@pytest.mark.parametrize("name", ["penguins", "diabetes"])
def test_model_is_that_of_the_chosen_algorithm(name, fit_here, tmp_path, capsys):
    data = EXAMPLES[name]()
    folder = fit_here(data, "auto")
    description = read_description(folder)
    chosen = description["selection"]["chosen"]
    assert description["algorithm"] == chosen
    assert f"auto: {description['selection']['reason']}" in capsys.readouterr().out
    request = data.frame.to_csv(index=False)
    asked = ["--algorithm", chosen]
    run(parse_hyperparameters(asked), data.write(tmp_path), tmp_path / "model")
    answers = [
        answer(model_fn(str(path)), request, "text/csv", "application/json")[0]
        for path in (folder, tmp_path / "model")
    ]
    assert json.loads(answers[0]) == json.loads(answers[1])


def test_same_rows_same_choice(tmp_path):
    data = EXAMPLES["penguins"]()
    channels = data.write(tmp_path)
    train = read_split("train", channels["train"], data.schema)
    first, second = (decide(data.schema, AUTO, train) for _ in range(2))
    assert first.settings == second.settings
    scores = [
        [item["scores"] for item in decisions.selection["candidates"]]
        for decisions in (first, second)
    ]
    assert scores[0] == scores[1]
