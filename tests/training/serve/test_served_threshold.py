"""What the endpoint predicts follows the threshold that training chose; probabilities do not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.training.conftest import QUICK
from tests.training.data import Example, breast_cancer, penguins
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import read_description
from training.serve.hooks import answer, model_fn
from training.serve.loading import load_folder


def trained(root, data, *arguments, algorithm="linear"):
    settings = parse_hyperparameters(["--algorithm", algorithm, *QUICK[algorithm], *arguments])
    run(settings, data.write(root), root / "model")
    return root / "model"


def asked(folder, data):
    body, _ = answer(
        model_fn(str(folder)), data.frame.to_csv(index=False), "text/csv", "application/json"
    )
    return json.loads(body)


@pytest.fixture(scope="module")
def rare() -> Example:
    """Twenty benign tissues for each malignant one, and that one is looked for."""
    data = breast_cancer()
    frame = data.frame.groupby("diagnosis", group_keys=False).apply(
        lambda rows: rows.iloc[: {"benign": 340, "malignant": 17}[rows.name]],
        include_groups=False,
    )
    frame["diagnosis"] = data.frame["diagnosis"]
    frame = frame.sample(frac=1, random_state=0).reset_index(drop=True)
    return Example(frame, replace(data.schema, positive_class="malignant"))


@pytest.mark.parametrize("algorithm", ["linear", "random_forest", "hist_gradient_boosting"])
def test_a_rare_class_is_predicted_from_its_threshold_on(algorithm, rare, tmp_path):
    folder = trained(tmp_path, rare, algorithm=algorithm)
    told = read_description(folder)["threshold"]
    assert (told["aim"], told["why"], told["positive_class"]) == ("balanced", "skewed", "malignant")
    found = asked(folder, rare)
    assert found["threshold"] == told
    limit = told["thresholds"]["malignant"]
    for row in found["predictions"]:
        reached = row["probabilities"]["malignant"] >= limit
        assert row["prediction"] == ("malignant" if reached else "benign")
    assert limit < 0.5


def test_a_threshold_changes_predictions_and_no_probability(rare, tmp_path):
    plain = asked(trained(tmp_path / "a", rare, "--threshold", "0.5"), rare)["predictions"]
    eager = asked(trained(tmp_path / "b", rare, "--threshold", "0.001"), rare)["predictions"]
    assert [row["probabilities"] for row in plain] == [row["probabilities"] for row in eager]
    assert sum(row["prediction"] == "malignant" for row in eager) > 30
    assert sum(row["prediction"] == "malignant" for row in plain) < 20


def test_offline_scoring_predicts_the_same(rare, tmp_path):
    folder = trained(tmp_path, rare, "--threshold", "sensitivity:0.9")
    model = load_folder(folder)
    body, _ = answer(model, rare.frame.to_csv(index=False), "text/csv", "text/csv")
    served = [row["prediction"] for row in asked(folder, rare)["predictions"]]
    assert [line.split(",")[0] for line in body.splitlines()[1:]] == served


def test_of_several_classes_rare_ones_are_predicted_more_often(tmp_path):
    data = penguins()
    arguments = ("--alpha", "1000000", "--threshold")
    plain = asked(trained(tmp_path / "a", data, *arguments, "auto"), data)["predictions"]
    even = asked(trained(tmp_path / "b", data, *arguments, "balanced"), data)["predictions"]
    counts = [sum(row["prediction"] == "Chinstrap" for row in rows) for rows in (plain, even)]
    assert counts[0] == 0  # the rarest, with a model that hardly looks at the rows
    assert counts[1] > 50


def test_a_model_from_before_there_were_thresholds_takes_the_most_probable_class(rare, tmp_path):
    folder = trained(tmp_path, rare)
    path = folder / "model.json"
    description = json.loads(path.read_text())
    del description["threshold"]
    path.write_text(json.dumps(description))
    found = asked(folder, rare)
    assert "threshold" not in found
    for row in found["predictions"]:
        assert row["probabilities"][row["prediction"]] >= 0.5
