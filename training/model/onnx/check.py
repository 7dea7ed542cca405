"""Whether onnxruntime answers as the model does, on real rows and on what may yet come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.model.date_parts import moments
from training.model.threshold import Threshold
from training.schema import Schema
from training.serve.predictor import Outcome, Predictor
from training.serve.table import Table

# Of a probability, or of a number in units of itself or of the numbers' spread.
TOLERANCE = 1e-5
MOST_ROWS = 2_000  # real ones
_UNKNOWN = "?" * 40 + "unknown"
_SECOND = 1e6  # microseconds


class AnswersDifferError(Exception):
    """The file does not answer as the model does."""


@dataclass(frozen=True)
class Checked:
    """How well answers agree.

    Parameters
    ----------
    rows : int
        That were asked about.
    largest_difference : float
        As `TOLERANCE`.
    """

    rows: int
    largest_difference: float


def probes(schema: Schema, features: pd.DataFrame) -> pd.DataFrame:
    """Return real rows, and each again with one cell missing, and with one category unknown."""
    real = features.iloc[:MOST_ROWS].reset_index(drop=True)
    missing = _with_cells(real, schema.names, np.nan)
    unknown = _with_cells(real, schema.of_type("categorical"), _UNKNOWN)
    return pd.concat([real, missing, unknown], ignore_index=True)


def _with_cells(rows: pd.DataFrame, names: list[str], cell: Any) -> pd.DataFrame:
    """Return the rows, each with another cell in one of the columns."""
    changed = rows.iloc[: len(rows) if names else 0].copy()
    for place, name in enumerate(names):
        changed.loc[changed.index % len(names) == place, name] = cell
    return changed


def feeds(schema: Schema, features: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Return rows as the file takes them: a tensor of shape (rows, 1) for each column."""
    tensors = {}
    for name, kind in schema.features:
        cells = features[name].to_numpy(dtype=np.float64 if kind == "numeric" else object)
        if kind == "datetime":
            found = moments(cells)
            cells = np.where(np.isnat(found), np.nan, found.astype(np.int64) / _SECOND)
        elif kind != "numeric":
            cells = np.array([cell if isinstance(cell, str) else "" for cell in cells], object)
        tensors[name] = cells.reshape(-1, 1)
    return tensors


def check(model: bytes, own: Predictor, threshold: Threshold | None, rows: pd.DataFrame) -> Checked:
    """Ask both about the same rows.

    Parameters
    ----------
    model : bytes
        The file's content.
    own : Predictor
        What the endpoint answers with.
    threshold : Threshold or None
        By which it tells classes from probabilities.
    rows : pandas.DataFrame

    Raises
    ------
    AnswersDifferError
        If a number differs by more than `TOLERANCE`, or a class where no rounding explains it.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    schema = own.schema
    prediction, *probabilities = session.run(None, feeds(schema, rows))
    written = rows[schema.written].to_numpy(dtype=object)
    outcome = own.predict(Table(len(rows), rows[schema.numeric].to_numpy(np.float64), written))
    if outcome.probabilities is None:
        expected = np.array(outcome.predictions)
        unit = np.maximum(np.abs(expected), expected.std())
        difference = _largest(np.abs(prediction - expected) / np.where(unit > 0, unit, 1))
    else:
        difference = _largest(np.abs(probabilities[0] - outcome.probabilities))
        _check_classes(prediction, outcome, threshold, difference)
    if not difference <= TOLERANCE:
        raise AnswersDifferError
    return Checked(len(rows), difference)


def _largest(differences: NDArray[np.float64]) -> float:
    return float(differences.max(initial=0.0))


def _check_classes(
    found: NDArray[np.object_], outcome: Outcome, threshold: Threshold | None, difference: float
) -> None:
    """Let classes differ only where two answers are as near each other as the files' answers."""
    assert outcome.labels is not None  # noqa: S101 - the caller has probabilities
    assert outcome.probabilities is not None  # noqa: S101
    own = threshold.thresholds if threshold and threshold.thresholds else {}
    even = 1 / len(outcome.labels)
    scores = outcome.probabilities / [own.get(label, even) for label in outcome.labels]
    if threshold and threshold.positive_class in own:
        scores = outcome.probabilities - [own[label] for label in outcome.labels]
    best = np.sort(scores, axis=1)
    is_near = best[:, -1] - best[:, -2] <= 4 * difference / min([even, *own.values()]) + 1e-12
    if np.any((found != np.array(outcome.predictions)) & ~is_near):
        raise AnswersDifferError
