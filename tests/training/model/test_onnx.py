"""Models as ONNX files: onnxruntime answers as the endpoint's code does, for every algorithm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.docs.blocks import PROJECT, blocks
from tests.training.data import Example, example, nests
from training.algorithms import ALGORITHMS
from training.fit.exporting import use_packages
from training.model.files import load_pipeline, read_description
from training.model.onnx import dates, trees
from training.model.onnx.check import AnswersDifferError, Checked, check
from training.model.onnx.export import export
from training.model.threshold import Threshold
from training.serve.body import parse_request
from training.serve.hooks import model_fn
from training.written_export import DESCRIPTION, DIFFERENCE, FOLDER, MODEL, REFUSED, Refusal

CHANCES = (0.4, 0.3, 0.2, 0.09, 0.01)
TASKS = ("binary", "multiclass", "regression")
# Of single precision, in which XGBoost adds up.
SINGLE, DOUBLE = 2e-6, 1e-11


@cache
def mixed(task: str, rows: int = 240) -> Example:
    """Every type but text: gaps, dates before 1970 and in leap years, 60 towns, rare words."""
    generator = np.random.default_rng(0)
    seconds = generator.integers(-4 * 10**9, 3 * 10**9, rows).astype("datetime64[s]")
    frame = pd.DataFrame(
        {
            "size": generator.normal(5, 2, rows),
            "large": generator.lognormal(12, 3, rows),
            "flag": generator.integers(0, 2, rows).astype(float),
            "day": np.datetime_as_string(seconds.astype("datetime64[D]")),
            "at": np.datetime_as_string(seconds),
            "colour é": generator.choice(["red", "grün", "a b", '"q"', "rare"], rows, p=CHANCES),
            "town": generator.choice([f"the town of {n}" for n in range(60)], rows),
        }
    )
    score = frame["size"] + 2 * (frame["colour é"] == "red") + generator.normal(0, 1, rows)
    score += frame["at"].str[5:7].astype(int) / 3
    for name in ("size", "day", "at", "colour é", "town"):
        frame.loc[generator.random(rows) < 0.1, name] = np.nan
    of_task = {
        "binary": np.where(score > score.quantile(0.7), "yes", "no"),
        "multiclass": pd.qcut(score, 3, labels=["a", "b", "c"]).astype(str),
        "regression": score,
    }
    frame["prediction"] = frame["flag"]  # as an output would be called
    frame["y"] = of_task[task]
    return example(frame, task, "y", day="datetime", at="datetime")


def rows_of(made: Example) -> pd.DataFrame:
    return made.frame[made.schema.names].astype(dict.fromkeys(made.schema.written, object))


def exported(made: Example, model: Path, folder: Path) -> Checked:
    return export(load_pipeline(model), read_description(model), rows_of(made), folder)


QUICKLY = [("binary", "xgboost"), ("multiclass", "random_forest"), ("regression", "additive")]
CELLS = [
    pytest.param(task, name, marks=() if (task, name) in QUICKLY else pytest.mark.faults)
    for task in TASKS
    for name in ALGORITHMS
]


@pytest.mark.parametrize(("task", "algorithm"), CELLS)
def test_onnxruntime_answers_as_the_model_does(task, algorithm, fit_here, tmp_path):
    made = mixed(task)
    checked = exported(made, fit_here(made, algorithm), tmp_path)
    assert checked.rows == 3 * len(made.frame)
    assert checked.largest_difference < (SINGLE if ALGORITHMS[algorithm].packages else DOUBLE)


def told(output: str, name: str) -> float:
    (value,) = [line.partition("=")[2] for line in output.splitlines() if line.startswith(name)]
    return float(value)


def test_a_job_writes_the_file_if_asked_to(fit_here, capsys):
    made = mixed("binary")
    folder = fit_here(made, "linear", "--export", "onnx")
    assert told(capsys.readouterr().out, DIFFERENCE) < DOUBLE
    assert {each.name for each in (folder / FOLDER).iterdir()} == {MODEL, DESCRIPTION}
    assert not (fit_here(made, "linear") / FOLDER).exists()


def test_free_text_is_no_reason_to_fail(fit_here, capsys):
    folder = fit_here(nests(), "linear", "--export", "onnx")
    assert told(capsys.readouterr().out, REFUSED) == Refusal.TEXT
    assert load_pipeline(folder)
    assert not (folder / FOLDER).exists()


def test_a_file_that_answers_otherwise_is_not_kept(fit_here, capsys, monkeypatch):
    monkeypatch.setattr(dates, "_first_day", lambda graph, year: graph.add("Mul", year, 365.0))
    folder = fit_here(mixed("regression"), "linear", "--export", "onnx")
    assert told(capsys.readouterr().out, REFUSED) == Refusal.DIFFERS
    assert not (folder / FOLDER).exists()


def test_nor_one_that_decides_otherwise(fit_here, tmp_path):
    folder = fit_here(mixed("binary"), "linear", "--threshold", "0.3")
    description = read_description(folder)
    other = {**description["threshold"], "thresholds": {"no": 0.4, "yes": 0.6}}
    with pytest.raises(AnswersDifferError):
        check(
            onnx_bytes(folder, tmp_path, {**description, "threshold": other}),
            model_fn(str(folder)),
            Threshold.from_dict(description["threshold"]),
            rows_of(mixed("binary")),
        )


def onnx_bytes(folder: Path, target: Path, description: dict) -> bytes:
    export(load_pipeline(folder), description, rows_of(mixed("binary")), target)
    return (target / MODEL).read_bytes()


def test_trees_may_have_too_many_nodes(fit_here, capsys, monkeypatch):
    monkeypatch.setattr(trees, "MOST_NODES", 10)
    fit_here(mixed("binary"), "xgboost", "--export", "onnx")
    assert told(capsys.readouterr().out, REFUSED) == Refusal.SIZE


def test_the_documented_way_needs_nothing_but_onnxruntime(fit_here, tmp_path):
    """What stands in docs/predictions.md, in a process that has none of the model's libraries."""
    made = mixed("multiclass")
    folder = fit_here(made, "hist_gradient_boosting", "--export", "onnx")
    shutil.copytree(folder / FOLDER, tmp_path / "model" / FOLDER)
    made.frame.to_csv(tmp_path / "data.csv", index=False)
    (example,) = (
        each for each in blocks(PROJECT / "docs" / "predictions.md") if each.section == "From ONNX"
    )
    without = "import sys\n"
    without += "".join(
        f"sys.modules[{name!r}] = None\n" for name in ("sklearn", "onnx", "training")
    )
    command = [sys.executable, "-c", without + example.text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    model = model_fn(str(folder))
    outcome = model.predict(parse_request(model.schema, made.frame.to_csv(index=False), "text/csv"))
    assert found["predictions"] == outcome.predictions
    assert np.allclose(found["probabilities"], outcome.probabilities, rtol=0, atol=DOUBLE)


def test_sure_answers_of_xgboost_stay_the_same_made_soft(fit_here, tmp_path):
    """Its own probabilities have few digits near 1, which a small power tears apart."""
    made = mixed("binary")
    made = replace(made, frame=made.frame.assign(y=np.where(made.frame["large"] > 2e5, "b", "a")))
    sure = {"learning_rate": "1", "min_child_weight": "0", "reg_lambda": "0", "n_estimators": "12"}
    options = [word for name, value in sure.items() for word in (f"--{name}", value)]
    folder = fit_here(made, "xgboost", *options)
    pipeline = load_pipeline(folder)
    pipeline.named_steps["model"].calibrations = np.array([[0.2, 0.0], [1.0, 0.0]])
    checked = export(pipeline, read_description(folder), rows_of(made), tmp_path)
    assert checked.largest_difference < SINGLE


def test_packages_of_the_channel_come_first(tmp_path, monkeypatch):
    """Where onnxruntime is not installed; what is there of it may be too old, such as protobuf."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "protobuf_of_the_channel.py").write_text("")
    channel = tmp_path / "channel"
    channel.mkdir()
    with tarfile.open(channel / "onnx-0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "protobuf_of_the_channel.py", "protobuf_of_the_channel.py")
    use_packages(channel)
    assert (Path(sys.path[0]) / "protobuf_of_the_channel.py").exists()
    shutil.rmtree(sys.path[0])
