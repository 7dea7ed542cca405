"""Metrics of a task with two classes, one of which counts as positive."""

from __future__ import annotations

import numpy as np

from lambdas.evaluate.scored import Scored, confusion_matrix
from lambdas.quality.bootstrap import Resampled
from lambdas.quality.calibration import calibration_error
from lambdas.quality.classes import (
    Figures,
    accuracy,
    balanced_accuracy,
    counts,
    losses,
)
from lambdas.quality.ranking import area, area_figure, average_precision, steps


def binary_figures(scored: Scored) -> Figures:
    """Return every metric; None for those that these rows do not define."""
    assert scored.positive is not None  # noqa: S101 - tells mypy what a binary task has
    matrix = confusion_matrix(scored)
    positive, negative = (counts(matrix)[index] for index in (scored.positive, 1 - scored.positive))
    scores = scored.probabilities[scored.positive]
    happened = scored.truth == scored.positive
    means = Resampled(np.stack([losses(scored), (scores - happened) ** 2]))
    return {
        "accuracy": accuracy(matrix),
        "balanced_accuracy": balanced_accuracy(matrix),
        "roc_auc": area_figure(area(scores, happened)),
        "pr_auc": average_precision(steps(scores, happened)),
        "f1": positive.f1,
        "sensitivity": positive.recall,
        "specificity": negative.recall,
        "precision": positive.precision,
        "negative_predictive_value": negative.precision,
        "log_loss": means.figure(lambda mean: mean[0]),
        "brier": means.figure(lambda mean: mean[1]),
        "calibration_error": calibration_error(scores, happened),
    }
