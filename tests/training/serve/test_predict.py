"""The script at the head of a model: a file's own columns, then what the model answers."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.data import penguins
from training.model.code_folder import REQUIREMENTS
from training.serve import predict as script
from training.serve.hooks import answer

UV = Path(sys.executable).parent / "uv"


@pytest.fixture(scope="module")
def folder(fit_once) -> Path:
    return fit_once("penguins")


def predict(folder: Path, *arguments: str, python: str = sys.executable):
    command = [python, "-I", folder / "predict.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_own_columns_come_first_then_the_answers(folder, penguin_model, tmp_path):
    rows = penguins().frame.assign(note='a, "b"\nc')
    (tmp_path / "data.csv").write_text(rows.to_csv(index=False, sep=";"))
    done = predict(folder, str(tmp_path / "data.csv"))
    assert done.returncode == 0, done.stderr
    expected = told(answer(penguin_model, rows.to_csv(index=False), "text/csv", "text/csv")[0])
    own = list(csv.reader(io.StringIO(rows.to_csv(index=False, sep=";")), delimiter=";"))
    assert told(done.stdout) == [[*a, *b] for a, b in zip(own, expected, strict=True)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("island,a\nBiscoe,2\n", "bill_length_mm"),
        ("", "no rows"),
        ("Biscoe,46.1,13.2,211,4500,female,2007\n", "the first line must have"),
    ],
)
def test_what_it_cannot_do_is_one_line(folder, tmp_path, text, problem, monkeypatch, capsys):
    monkeypatch.setattr(script, "MODEL", folder)
    (tmp_path / "data.csv").write_text(text)
    assert script.main([str(tmp_path / "data.csv")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert problem in printed.err
    assert len(printed.err.splitlines()) == 1


def test_without_a_file_it_says_what_it_is_for(folder):
    done = predict(folder)
    assert done.returncode == 2
    assert "python predict.py data.csv" in done.stderr


@pytest.mark.faults  # downloads the libraries
@pytest.mark.parametrize("algorithm", ["random_forest", "xgboost"])
def test_its_requirements_are_all_that_it_needs(fit_once, tmp_path, algorithm):
    folder = fit_once("penguins", algorithm)
    venv, rows = tmp_path / "venv", tmp_path / "data.csv"
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, venv], check=True)
    install = [UV, "pip", "install", "-q", "--python", venv / "bin" / "python"]
    subprocess.run([*install, "-r", folder / REQUIREMENTS], check=True)
    penguins().frame.to_csv(rows, index=False)
    alone, here = (
        predict(folder, str(rows), python=p) for p in (venv / "bin/python", sys.executable)
    )
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout == here.stdout
