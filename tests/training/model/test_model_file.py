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
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.training.data import cars
from training.algorithms import ALGORITHMS, ESTIMATORS
from training.errors import UntrustedModelError
from training.model.files import (
    DESCRIPTION_FILE,
    MODEL_FILE,
    load_pipeline,
    save_model,
)
from training.model.skops_file import skops

FOREST = {"algorithm": "random_forest"}


@pytest.fixture(scope="module")
def model(fit_once) -> Path:
    return fit_once("penguins")


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


@pytest.mark.parametrize("algorithm", [name for name in ESTIMATORS if ALGORITHMS[name].trusted])
def test_every_type_of_an_algorithm_is_needed(algorithm, fit_here, fit_once, monkeypatch):
    folder = fit_once("penguins", algorithm)
    if algorithm in ("additive", "linear"):  # only logarithms of numbers need one
        folder = fit_here(cars(), algorithm, "--link", "log")
    for left_out in ALGORITHMS[algorithm].trusted:
        rest = tuple(name for name in ALGORITHMS[algorithm].trusted if name != left_out)
        monkeypatch.setitem(ALGORITHMS, algorithm, replace(ALGORITHMS[algorithm], trusted=rest))
        with pytest.raises(UntrustedModelError):
            load_pipeline(folder)


def test_auto_takes_what_its_members_take():
    others = {name for key in ESTIMATORS for name in ALGORITHMS[key].trusted}
    assert set(ALGORITHMS["auto"].trusted) == others


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


@pytest.fixture
def with_booster(fit_once, tmp_path):
    """Copy a model with the bytes of its trees changed."""

    def copy(change) -> Path:
        folder = shutil.copytree(fit_once("penguins", "xgboost"), tmp_path / "model")
        with zipfile.ZipFile(folder / MODEL_FILE) as old:
            members = {name: old.read(name) for name in old.namelist()}
        (name,) = [name for name in members if name.endswith(".bin")]
        members[name] = change(members[name])
        with zipfile.ZipFile(folder / MODEL_FILE, "w") as new:
            for name, content in members.items():
                new.writestr(name, content)
        return folder

    return copy


def test_an_untouched_booster_loads(with_booster):
    assert isinstance(load_pipeline(with_booster(lambda content: content)), Pipeline)


@pytest.mark.parametrize("damage", BOOSTER_DAMAGE)
def test_tampered_boosters_are_refused(damage, with_booster):
    def change(content):
        document = json.loads(content)
        BOOSTER_DAMAGE[damage](document)
        return json.dumps(document).encode()

    with pytest.raises(UntrustedModelError, match=r"refused.*BoosterFileError"):
        load_pipeline(with_booster(change))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"learner": {', pickle.dumps({"a": 1})])
def test_what_is_no_booster_is_refused(content, with_booster):
    with pytest.raises(UntrustedModelError, match=r"refused.*BoosterFileError"):
        load_pipeline(with_booster(lambda _: content))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"algorithm": "oracle"}', '{"algorithm": []}'])
def test_bad_descriptions_are_refused(text, model, tmp_path):
    shutil.copy(model / MODEL_FILE, tmp_path)
    (tmp_path / DESCRIPTION_FILE).write_text(text)
    with pytest.raises(UntrustedModelError, match=DESCRIPTION_FILE):
        load_pipeline(tmp_path)


def test_absent_file_is_not_called_tampered(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_pipeline(tmp_path)
