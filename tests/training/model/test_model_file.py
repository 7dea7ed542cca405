"""The model file: what is refused, and that refused code never runs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import skops.io
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.training.data import EXAMPLES
from training.algorithms import ALGORITHMS
from training.errors import UntrustedModelError
from training.model.files import (
    DESCRIPTION_FILE,
    MODEL_FILE,
    NATIVE_MODEL_FILE,
    load_pipeline,
    save_model,
)

FOREST = {"algorithm": "random_forest"}


@pytest.fixture(scope="module")
def model(fit_here) -> Path:
    return fit_here(EXAMPLES["penguins"]())


@pytest.fixture(autouse=True)
def _description(tmp_path) -> None:
    (tmp_path / DESCRIPTION_FILE).write_text(json.dumps(FOREST))


def _rewrite(source: Path, target: Path, change) -> None:
    """Copy a model file with its schema.json changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target / MODEL_FILE, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                document = json.loads(content)
                change(document)
                content = json.dumps(document).encode()
            new.writestr(name, content)


def test_untouched_copy_loads(model, tmp_path):
    _rewrite(model / MODEL_FILE, tmp_path, lambda document: None)
    assert isinstance(load_pipeline(tmp_path), Pipeline)


def test_tampered_class_is_refused(model, tmp_path):
    def change(document):
        text = json.dumps(document).replace(
            '"__class__": "Tree", "__module__": "sklearn.tree._tree"',
            '"__class__": "Popen", "__module__": "subprocess"',
        )
        assert "Popen" in text
        document.clear()
        document.update(json.loads(text))

    _rewrite(model / MODEL_FILE, tmp_path, change)
    with pytest.raises(UntrustedModelError, match="outside the closed list"):
        load_pipeline(tmp_path)


@pytest.mark.parametrize(
    "function",
    [partial(os.system, "touch ran"), os.system, shutil.rmtree],
    ids=["partial", "system", "rmtree"],
)
def test_functions_are_refused_and_never_run(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline([("run", FunctionTransformer(function)), ("model", LinearRegression())])
    skops.io.dump(pipeline, tmp_path / MODEL_FILE)
    with pytest.raises(UntrustedModelError):
        load_pipeline(tmp_path)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UntrustedModelError):
        save_model(pipeline, FOREST, tmp_path)


def test_pickles_and_damaged_files_are_refused(model, tmp_path):
    whole = (model / MODEL_FILE).read_bytes()
    for content in (pickle.dumps(LinearRegression()), whole[: len(whole) // 2], b""):
        (tmp_path / MODEL_FILE).write_bytes(content)
        with pytest.raises(UntrustedModelError):
            load_pipeline(tmp_path)


def test_trusted_type_that_is_no_pipeline_is_refused(tmp_path):
    skops.io.dump({"a": 1}, tmp_path / MODEL_FILE)
    with pytest.raises(UntrustedModelError, match="no pipeline"):
        load_pipeline(tmp_path)


def test_every_trusted_type_is_needed(model, monkeypatch):
    monkeypatch.setattr("training.model.files.TRUSTED_TYPES", ())
    with pytest.raises(UntrustedModelError):
        load_pipeline(model)


@pytest.mark.parametrize(
    "algorithm", [name for name, algorithm in ALGORITHMS.items() if algorithm.trusted]
)
def test_every_type_of_an_algorithm_is_needed(algorithm, fit_here, monkeypatch):
    folder = fit_here(EXAMPLES["penguins"](), algorithm)
    for left_out in ALGORITHMS[algorithm].trusted:
        rest = tuple(name for name in ALGORITHMS[algorithm].trusted if name != left_out)
        monkeypatch.setitem(ALGORITHMS, algorithm, replace(ALGORITHMS[algorithm], trusted=rest))
        with pytest.raises(UntrustedModelError):
            load_pipeline(folder)


def test_the_types_of_another_algorithm_are_refused(model, tmp_path):
    shutil.copy(model / MODEL_FILE, tmp_path)
    (tmp_path / DESCRIPTION_FILE).write_text(json.dumps({"algorithm": "linear"}))
    with pytest.raises(UntrustedModelError, match="outside the closed list"):
        load_pipeline(tmp_path)


def _first_tree(document) -> dict:
    return document["learner"]["gradient_booster"]["model"]["trees"][0]


BOOSTER_DAMAGE = {
    "a child out of range": lambda d: _first_tree(d)["left_children"].__setitem__(0, 10**6),
    "a circle": lambda d: _first_tree(d)["right_children"].__setitem__(0, 0),
    "half a node": lambda d: _first_tree(d)["right_children"].__setitem__(0, -1),
    "a column out of range": lambda d: _first_tree(d)["split_indices"].__setitem__(0, 999),
    "a text for an index": lambda d: _first_tree(d)["left_children"].__setitem__(0, "1"),
    "a part too short": lambda d: _first_tree(d)["split_conditions"].pop(),
    "categories": lambda d: _first_tree(d)["categories"].append(1),
    "a class out of range": lambda d: d["learner"]["gradient_booster"]["model"][
        "tree_info"
    ].__setitem__(0, 99),
    "an objective of others": lambda d: d["learner"]["objective"].update(name="rank:ndcg"),
    "no trees": lambda d: d["learner"]["gradient_booster"]["model"].pop("trees"),
}


@pytest.mark.parametrize("damage", BOOSTER_DAMAGE)
def test_tampered_boosters_are_refused(damage, fit_here, tmp_path):
    shutil.copytree(fit_here(EXAMPLES["penguins"](), "xgboost"), tmp_path / "model")
    path = tmp_path / "model" / NATIVE_MODEL_FILE
    document = json.loads(path.read_bytes())
    BOOSTER_DAMAGE[damage](document)
    path.write_text(json.dumps(document))
    with pytest.raises(UntrustedModelError, match=r"booster\.json was refused"):
        load_pipeline(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"learner": {', pickle.dumps({"a": 1})])
def test_what_is_no_booster_is_refused(content, fit_here, tmp_path):
    shutil.copytree(fit_here(EXAMPLES["penguins"](), "xgboost"), tmp_path / "model")
    (tmp_path / "model" / NATIVE_MODEL_FILE).write_bytes(content)
    with pytest.raises(UntrustedModelError, match=r"booster\.json was refused"):
        load_pipeline(tmp_path / "model")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"algorithm": "oracle"}', '{"algorithm": []}'])
def test_bad_descriptions_are_refused(text, model, tmp_path):
    shutil.copy(model / MODEL_FILE, tmp_path)
    (tmp_path / DESCRIPTION_FILE).write_text(text)
    with pytest.raises(UntrustedModelError, match=DESCRIPTION_FILE):
        load_pipeline(tmp_path)


def test_absent_file_is_not_called_tampered(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_pipeline(tmp_path)
