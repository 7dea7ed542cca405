"""The model file: what is refused, and that refused code never runs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest
import skops.io
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.training.data import EXAMPLES
from training.errors import UntrustedModelError
from training.model_file import MODEL_FILE, TRUSTED_TYPES, load_pipeline, save_pipeline


@pytest.fixture(scope="module")
def model(fit_here) -> Path:
    return fit_here(EXAMPLES["penguins"]())


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
    "function", [partial(os.system, "touch ran"), os.system, shutil.rmtree], ids=str
)
def test_functions_are_refused_and_never_run(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline([("run", FunctionTransformer(function)), ("model", LinearRegression())])
    skops.io.dump(pipeline, tmp_path / MODEL_FILE)
    with pytest.raises(UntrustedModelError):
        load_pipeline(tmp_path)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UntrustedModelError):
        save_pipeline(pipeline, tmp_path)


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
    for left_out in TRUSTED_TYPES:
        rest = [name for name in TRUSTED_TYPES if name != left_out]
        monkeypatch.setattr("training.model_file.TRUSTED_TYPES", rest)
        with pytest.raises(UntrustedModelError):
            load_pipeline(model)


def test_absent_file_is_not_called_tampered(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_pipeline(tmp_path)
