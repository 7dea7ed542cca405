"""One algorithm on one split, as a training job would fit it, scored on the test rows."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lambdas.quality.calibration import BINS
from tests.bench.quality.sets import Set
from training.fit.data import Data
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.metrics import (
    classification_metrics,
    interval_half_widths,
    regression_metrics,
)
from training.model.files import MODEL_FILE, save_model

VALIDATION = 0.15 / 0.85  # of what is not test, as preprocessing splits
LEVEL = "0.9"  # of prediction intervals


@dataclass(frozen=True)
class Score:
    """Loss (log loss or RMSE), seconds of fitting, megabytes of the model.

    ``calibration_error`` is of two classes only; ``entropy`` is the log loss of the classes' shares
    in training; ``covered`` is the share of test rows within the interval of ``LEVEL``, of numbers.
    """

    loss: float
    seconds: float
    megabytes: float
    calibration_error: float | None = None
    entropy: float | None = None
    covered: float | None = None


def score(data: Set, seed: int, algorithm: str) -> Score:
    train, test = data.split(seed)
    rows = data.features.iloc[train].reset_index(drop=True)
    in_training = round(len(train) * (1 - VALIDATION))
    known = Data(data.schema, rows, data.target[train], in_training)
    began = time.monotonic()
    fitted = fit_model(known, parse_hyperparameters(["--algorithm", algorithm]))
    seconds = time.monotonic() - began
    asked, truth = data.features.iloc[test], data.target[test]
    with tempfile.TemporaryDirectory() as folder:
        save_model(fitted.pipeline, {"algorithm": algorithm}, Path(folder))
        megabytes = (Path(folder) / MODEL_FILE).stat().st_size / 1e6
    if known.classes is None:
        answers = fitted.pipeline.predict(asked)
        loss = regression_metrics(truth, answers)["rmse"]
        half_width = interval_half_widths(fitted.truth, fitted.outputs)[LEVEL]
        covered = float(np.mean(np.abs(truth - answers) <= half_width))
        return Score(loss, seconds, megabytes, covered=covered)
    answers = fitted.pipeline.predict_proba(asked)
    loss = classification_metrics(truth, answers, known.classes)["log_loss"]
    shares = np.broadcast_to(known.base_rates, answers.shape)
    entropy = classification_metrics(truth, shares, known.classes)["log_loss"]
    error = None
    if len(known.classes) == 2:
        error = calibration_error(answers[:, 1], truth == known.classes[1])
    return Score(loss, seconds, megabytes, error, entropy)


def calibration_error(probabilities, happened) -> float:
    """Mean absolute gap of equally wide bins, weighted by rows, as the reference has it."""
    place = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(place, happened - probabilities)).sum() / len(happened))
