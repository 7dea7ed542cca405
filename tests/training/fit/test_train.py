"""train.py as a process with nothing but what AWS's image has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.data import EXAMPLES, breast_cancer, example
from tests.training.image import run_python, train
from training.model.files import load_pipeline
from training.serve.hooks import answer, model_fn

# Between them every type of feature, missing cells, classes and numbers; what else the examples
# differ by makes no difference to a process, and is trained on in test_algorithms.py.
JOBS = ("cars", "nests")


@pytest.mark.parametrize("name", JOBS)
def test_trains_and_endpoint_equals_pipeline(name, job):
    data, root = job(name)
    assert (root / "exit_code").read_text() == "0", (root / "stderr").read_text()
    assert not (root / "output" / "failure").exists()

    features = data.frame[data.schema.names]
    pipeline, model = load_pipeline(root / "model"), model_fn(str(root / "model"))
    body, _ = answer(model, features.to_csv(index=False), "text/csv", "application/json")
    answers = json.loads(body)["predictions"]
    predictions = [item["prediction"] for item in answers]
    features = features.astype(dict.fromkeys(data.schema.written, object))
    if data.schema.is_classification:
        expected = pipeline.predict_proba(features)
        labels = sorted(set(data.frame[data.schema.target]))
        assert [list(item["probabilities"]) for item in answers] == [labels] * len(answers)
        actual = np.array([list(item["probabilities"].values()) for item in answers])
        assert predictions == pipeline.predict(features).tolist()
    else:
        expected, actual = pipeline.predict(features), np.array(predictions)
    assert np.abs(actual - expected).max() <= 1e-12


@pytest.mark.parametrize("name", JOBS)
def test_model_description(name, job):
    data, root = job(name)
    document = json.loads((root / "model" / "model.json").read_text(encoding="utf-8"))
    assert document["schema"] == data.schema.to_dict()
    classes = data.schema.is_classification
    labels = sorted(set(data.frame[data.schema.target])) if classes else None
    assert document["labels"] == labels
    assert document["versions"]["scikit-learn"] == "1.9.0"
    assert document["hyperparameters"]["n_estimators"] == 25
    assert sum(document["rows"].values()) == len(data.frame)
    expected = {"accuracy", "balanced_accuracy", "f1_macro", "log_loss", "roc_auc"}
    assert set(document["metrics"]) == (expected if classes else {"r2", "mae", "rmse"})


@pytest.mark.parametrize("name", JOBS)
def test_output_holds_metrics_and_nothing_else(name, job):
    _, root = job(name)
    metrics = json.loads((root / "model" / "model.json").read_text())["metrics"]
    lines = (root / "stdout").read_text().splitlines()
    assert lines[0].startswith("model: 100% random_forest; ")
    found = [re.fullmatch(r"validation:(\w+)=([0-9.eE+-]+)", line) for line in lines[1:]]
    assert {match[1]: float(match[2]) for match in found if match} == metrics
    assert all(found)
    assert (root / "stderr").read_text() == ""


@pytest.mark.parametrize(
    ("name", "metric", "floor"), [("nests", "accuracy", 0.95), ("cars", "r2", 0.5)]
)
def test_learns(name, metric, floor, job):
    metrics = json.loads((job(name)[1] / "model" / "model.json").read_text())["metrics"]
    assert metrics[metric] > floor


def test_model_serves_itself_with_the_image_alone(job):
    """The model's own code folder is enough: a process with only it and the image answers."""
    data, root = job("nests")
    request = data.frame.head(3).to_csv(index=False)
    script = (
        "import sys, inference\n"
        f"model = inference.model_fn({str(root / 'model')!r})\n"
        f"print(inference.transform_fn(model, {request!r}, 'text/csv', 'text/csv')[0], end='')\n"
        f"failed = inference.transform_fn(model, 'x', 'text/csv', 'text/csv')\n"
        "print(failed.status_code, file=sys.stderr)\n"
    )
    done = run_python(["-c", script], root / "model" / "code", {}, root)
    assert done.stderr == "400\n"
    here = answer(model_fn(str(root / "model")), request, "text/csv", "text/csv")[0]
    assert done.stdout == here


def test_xgboost_trains_and_serves_with_its_bundle_alone(packaged_bundle, tmp_path):
    data = EXAMPLES["penguins"]()
    channels, arguments = (
        data.write(tmp_path / "input"),
        ["--algorithm", "xgboost", "--n_estimators", "9"],
    )
    root = train(packaged_bundle, channels, tmp_path, *arguments)
    assert (root / "exit_code").read_text() == "0", (root / "stderr").read_text()
    assert (root / "stderr").read_text() == ""
    request = data.frame.head(3).to_csv(index=False)
    script = (
        "import inference\n"
        f"model = inference.model_fn({str(root / 'model')!r})\n"
        "import xgboost; print(xgboost.__file__)\n"
        f"print(inference.transform_fn(model, {request!r}, 'text/csv', 'text/csv')[0], end='')\n"
    )
    done = run_python(["-c", script], root / "model" / "code", {}, root)
    place, _, answers = done.stdout.partition("\n")
    assert Path(place).is_relative_to(root / "model" / "code" / "packages"), done.stderr
    here = answer(model_fn(str(root / "model")), request, "text/csv", "text/csv")[0]
    assert answers == here


def test_xgboost_without_its_package_is_a_readable_failure(bundle, tmp_path):
    channels = EXAMPLES["penguins"]().write(tmp_path / "input")
    root = train(bundle, channels, tmp_path, "--algorithm", "xgboost")
    assert (root / "exit_code").read_text() == "1"
    failure = (root / "output" / "failure").read_text()
    assert failure.startswith("ModuleNotFoundError while fitting the model (")


def test_text_in_a_numeric_column_is_named_without_its_value(bundle, tmp_path):
    data = breast_cancer()
    channels = data.write(tmp_path / "input")
    path = channels["train"] / "train.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[[3, 7], "mean radius"] = "sekretny"
    table.to_csv(path, index=False)
    root = train(bundle, channels, tmp_path)
    assert (root / "exit_code").read_text() == "1"
    assert (root / "output" / "failure").read_text() == (
        "TrainingDataError: train.csv has text in numeric column(s): 'mean radius' (rows 4, 8); "
        "rows are counted without the header"
    )
    assert "sekretny" not in (root / "stdout").read_text() + (root / "stderr").read_text()
    assert (root / "stderr").read_text().strip() == (root / "output" / "failure").read_text()


def test_missing_library_is_a_readable_failure(bundle, tmp_path):
    """Were skops left out of the bundle, the failure would say so."""
    from tests.training.image import unpack

    code = unpack(bundle, tmp_path)
    for path in sorted(Path(code / "skops").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (code / "skops").rmdir()
    environment = {"SM_OUTPUT_DIR": str(tmp_path / "output")}
    done = run_python(["train.py"], code, environment, tmp_path)
    assert done.returncode == 1
    failure = (tmp_path / "output" / "failure").read_text()
    assert failure.startswith("ModuleNotFoundError while loading the libraries (")


def test_all_missing_columns_and_odd_names(fit_here):
    rows = 40
    frame = pd.DataFrame(
        {
            "a, b": np.arange(rows) * 0.5,
            'quo"ted': [np.nan] * rows,
            "żółć": [None] * rows,
            "code": [f"{number % 4:03d}" for number in range(rows)],
            "target": [["M", "True"][number % 2] for number in range(rows)],
        }
    )
    data = example(frame, "binary", "target")
    folder = fit_here(data)
    frame['quo"ted'] = 3.5  # a column that had no value in training may have some later
    body, _ = answer(
        model_fn(str(folder)), frame.to_csv(index=False), "text/csv", "application/json"
    )
    answers = [item["probabilities"] for item in json.loads(body)["predictions"]]
    assert list(answers[0]) == ["M", "True"]
    features = frame[data.schema.names].astype({"code": object, "żółć": object})
    features["żółć"] = np.nan
    expected = load_pipeline(folder).predict_proba(features.astype({"żółć": object}))
    assert [list(item.values()) for item in answers] == expected.tolist()
