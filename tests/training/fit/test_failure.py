"""Failures are readable and hold no cell."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from tests.training.data import penguins
from training import failure
from training.fit import job as fit
from training.fit.train import main


def _environment(root: Path) -> dict[str, str]:
    channels = penguins().write(root / "input")
    environment = {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    return {
        **environment,
        "SM_MODEL_DIR": str(root / "model"),
        "SM_OUTPUT_DIR": str(root / "output"),
    }


@pytest.fixture(autouse=True)
def _keep_warnings(monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


def test_unknown_exception_tells_class_stage_and_place_only(tmp_path, monkeypatch, capsys):
    def stumble(*_):
        raise ValueError("could not convert string to float: 'sekretny'")

    monkeypatch.setattr(fit, "fit_model", stumble)
    assert main([], _environment(tmp_path)) == 1
    text = (tmp_path / "output" / "failure").read_text()
    assert text.startswith("ValueError while fitting the model (job.py:")
    assert "test_failure.py:" in text
    captured = capsys.readouterr()
    assert "sekretny" not in text + captured.out + captured.err
    assert captured.err.strip() == text


def test_memory_error_outside_a_stage(tmp_path, monkeypatch):
    def stumble(*_):
        raise MemoryError

    monkeypatch.setattr(fit, "run", stumble)
    assert main([], _environment(tmp_path)) == 1
    assert (tmp_path / "output" / "failure").read_text().startswith("MemoryError while starting (")


def test_absent_channels_are_named(tmp_path):
    environment = _environment(tmp_path)
    del environment["SM_CHANNEL_SCHEMA"], environment["SM_CHANNEL_TRAIN"]
    assert main([], environment) == 1
    text = (tmp_path / "output" / "failure").read_text()
    assert text == "ChannelError: the training job lacks the channel(s) train, schema"


def test_cause_fits_what_sagemaker_shows():
    text = failure.describe(failure.TrainingError("x" * 5000))
    assert len(text) == failure.MAXIMUM_CHARACTERS
    assert text.endswith("...")


def test_warnings_tell_class_and_place_only(capsys):
    failure.silence_warning_texts()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        failure.silence_warning_texts()
        warnings.warn("unknown category 'sekretny'", UserWarning, stacklevel=1)
    assert capsys.readouterr().err.startswith("UserWarning at test_failure.py:")


def test_train_py_is_importable_without_libraries():
    """Heavy imports happen inside main, where a failure is still reported."""
    code = "import sys, training.fit.train; print('sklearn' in sys.modules, 'skops' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
