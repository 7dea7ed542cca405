"""The example file is what its script makes, and holds scikit-learn's data."""

from __future__ import annotations

import runpy
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_file_is_what_the_script_makes():
    rows = runpy.run_path(str(EXAMPLES / "make_breast_cancer.py"))["rows"]()
    text = "".join(",".join(row) + "\n" for row in rows)
    assert (EXAMPLES / "breast_cancer.csv").read_bytes() == text.encode()


def test_file_holds_scikit_learns_data():
    frame = pd.read_csv(EXAMPLES / "breast_cancer.csv")
    data = load_breast_cancer()
    assert list(frame.columns) == [*data.feature_names, "diagnosis"]
    assert (frame[data.feature_names].to_numpy() == data.data).all()
    assert frame["diagnosis"].tolist() == data.target_names[data.target].tolist()
