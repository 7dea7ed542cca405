"""Fitting in this process: determinism, labels, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.conftest import FEW_TREES
from tests.training.data import EXAMPLES, Example, example, penguins
from training.errors import ChannelError, HyperparameterError, SchemaError, TrainingDataError
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.fit.metrics import classification_metrics
from training.fit.splits import read_split
from training.model.files import read_description
from training.schema import parse_schema, read_schema
from training.serve.hooks import answer, model_fn


@pytest.mark.parametrize("name", ["cars", "nests"])  # every type of feature, classes and numbers
def test_same_file_twice_gives_identical_predictions(name, fit_here, fit_once):
    data = EXAMPLES[name]()
    request = data.frame.to_csv(index=False)
    bodies = {
        answer(model_fn(str(folder)), request, "text/csv", "text/csv")[0]
        for folder in (fit_once(name), fit_here(data))
    }
    assert len(bodies) == 1


def test_seed_changes_the_model(tmp_path):
    data = penguins()
    channels = data.write(tmp_path)
    bodies = set()
    for seed in ("1", "2"):
        settings = parse_hyperparameters([*FEW_TREES, "--seed", seed])
        run(settings, channels, tmp_path / seed)
        model = model_fn(str(tmp_path / seed))
        bodies.add(answer(model, data.frame.to_csv(index=False), "text/csv", "text/csv")[0])
    assert len(bodies) == 2


@pytest.mark.parametrize(
    "labels",
    [("0", "1"), ("True", "False"), ("B", "M"), ("007", "7"), ("NA", "None"), ("a,b", ' "q" ')],
)
def test_labels_come_back_as_written(labels, fit_here):
    numbers = np.arange(60)
    frame = pd.DataFrame({"x": numbers * 1.0, "y": np.where(numbers < 30, *labels)})
    model = model_fn(str(fit_here(example(frame, "binary", "y"))))
    body, _ = answer(model, "x\n0\n59\n", "text/csv", "application/json")
    predictions = json.loads(body)["predictions"]
    assert [item["prediction"] for item in predictions] == list(labels)
    assert set(predictions[0]["probabilities"]) == set(labels)


def test_categories_keep_their_leading_zeros(tmp_path):
    frame = pd.DataFrame({"code": ["007", "7", "NA", None], "y": ["a", "b", "a", "b"]})
    data = example(frame, "binary", "y")
    channels = data.write(tmp_path)
    frame.to_csv(channels["train"] / "train.csv", index=False)
    features, target = read_split("train", channels["train"], data.schema)
    assert features["code"].tolist()[:3] == ["007", "7", "NA"]
    assert features["code"].isna().tolist() == [False, False, False, True]
    assert target.tolist() == ["a", "b", "a", "b"]


def test_floats_are_read_to_the_last_bit(tmp_path):
    generator = np.random.default_rng(0)
    values = generator.random(500) * 10.0 ** generator.integers(-300, 300, 500)
    frame = pd.DataFrame({"x": values, "y": ["a", "b"] * 250})
    channels = example(frame, "binary", "y").write(tmp_path)
    frame.to_csv(channels["train"] / "train.csv", index=False)
    features, _ = read_split("train", channels["train"], example(frame, "binary", "y").schema)
    assert features["x"].tolist() == values.tolist()


def test_every_kind_of_bad_cell_is_named(tmp_path):
    frame = pd.DataFrame({"x": [1.0, np.inf, 3.0], "z": [1.0, 2.0, -np.inf], "y": ["a", None, "b"]})
    data = example(frame, "binary", "y")
    channels = data.write(tmp_path)
    frame.to_csv(channels["train"] / "train.csv", index=False)
    with pytest.raises(TrainingDataError) as caught:
        read_split("train", channels["train"], data.schema)
    assert str(caught.value) == (
        "train.csv: the target 'y' is empty in row 2; 'x' is infinite in row 2; "
        "'z' is infinite in row 3"
    )


def test_missing_column_is_named(tmp_path):
    data = penguins()
    channels = data.write(tmp_path)
    data.frame.drop(columns=["island", "year"]).to_csv(channels["train"] / "train.csv", index=False)
    with pytest.raises(TrainingDataError, match=r"lacks the column\(s\) 'island', 'year'"):
        read_split("train", channels["train"], data.schema)


@pytest.mark.parametrize("count", [0, 2])
def test_a_channel_holds_one_csv(count, tmp_path):
    for number in range(count):
        (tmp_path / f"{number}.csv").write_text("x\n1\n")
    with pytest.raises(ChannelError, match=f"it holds {count}"):
        read_split("train", tmp_path, penguins().schema)


def test_one_class_is_refused(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": ["only"] * 4})
    channels = example(frame, "binary", "y").write(tmp_path)
    with pytest.raises(TrainingDataError, match="'y' has one class only"):
        run(parse_hyperparameters([]), channels, tmp_path / "model")


@pytest.mark.parametrize(("bound_by", "is_scored"), [(None, True), ("time", False)])
def test_without_validation_rows_there_are_metrics_unless_rows_are_bound(
    bound_by, is_scored, tmp_path
):
    data = penguins()
    channels = Example(data.frame, replace(data.schema, bound_by=bound_by)).write(tmp_path)
    path = channels["validation"] / "validation.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    found = run(parse_hyperparameters(FEW_TREES), channels, tmp_path / "model")
    assert bool(found) == is_scored
    document = read_description(tmp_path / "model")
    assert (document["selection"] is not None) == is_scored
    assert document["rows"]["validation"] == 0


def test_validation_class_never_seen_counts_as_error():
    labels, truth = np.array(["a", "b"]), np.array(["a", "c"])
    scores = classification_metrics(truth, np.array([[0.9, 0.1], [0.4, 0.6]]), labels)
    assert scores["accuracy"] == 0.5
    assert scores["balanced_accuracy"] == 0.5
    assert scores["log_loss"] == pytest.approx((-np.log(0.9) - np.log(np.finfo(float).eps)) / 2)
    assert "roc_auc" not in scores


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--algorithm", "random_forest", "--n_estimater", "3"],
            "'n_estimater' (did you mean 'n_estimators'?)",
        ),
        (
            ["--algorithm", "random_forest", "--n_estimators", "many"],
            "'n_estimators' must be a whole number",
        ),
        (["--algorithm", "random_forest", "--n_estimators", "0"], "must lie from 1 to 5000"),
        (
            ["--algorithm", "random_forest", "--max_features", "some"],
            "must be one of auto, sqrt, log2",
        ),
        (["--algorithm", "oracle"], "algorithm must be one of additive, auto, "),
        (["--seed"], "must come as pairs"),
        (["--seed", "-1"], "'seed' must lie from 0"),
    ],
)
def test_bad_hyperparameters(arguments, message):
    with pytest.raises(HyperparameterError) as caught:
        parse_hyperparameters(arguments)
    assert message in str(caught.value)


def test_hyperparameters_reach_the_forest(tmp_path):
    from training.model.files import load_pipeline

    arguments = [
        "--algorithm",
        "random_forest",
        "--n_estimators",
        "7",
        "--max_depth",
        "2",
        "--min_samples_leaf",
        "3",
    ]
    arguments += ["--max_features", "all", "--class_weight", "balanced", "--seed", "5"]
    run(parse_hyperparameters(arguments), penguins().write(tmp_path), tmp_path / "model")
    (forest,) = load_pipeline(tmp_path / "model").named_steps["model"].models
    assert (len(forest.estimators_), forest.max_depth, forest.min_samples_leaf) == (7, 2, 3)
    assert (forest.max_features, forest.class_weight, forest.random_state) == (1.0, "balanced", 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 3}, "its version is not 2"),
        ({"task": "ranking"}, "its task is not one of"),
        ({"features": []}, "it lists no features"),
        ({"features": [{"name": "x", "type": "date"}]}, "feature 'x' has a type other than"),
        ({"features": [{"name": "x", "type": "numeric"}] * 2}, "a feature is listed twice"),
        ({"features": [{"name": "y", "type": "numeric"}]}, "the target is also listed"),
        ({"features": None}, "lacks version, task, target or features"),
    ],
)
def test_bad_schema(change, message):
    good = {"version": 1, "task": "binary", "target": "y"}
    good["features"] = [{"name": "x", "type": "numeric"}]
    assert parse_schema(good).names == ["x"]
    with pytest.raises(SchemaError) as caught:
        parse_schema({**good, **change})
    assert message in str(caught.value)


def test_schema_file_absent_or_not_json(tmp_path):
    with pytest.raises(ChannelError):
        read_schema(tmp_path)
    (tmp_path / "schema.json").write_text("{")
    with pytest.raises(SchemaError, match="not JSON"):
        read_schema(tmp_path)
