"""Metrics of a task with several classes, none of which is special."""

from __future__ import annotations

from lambdas.evaluate.scored import Scored, confusion_matrix
from lambdas.quality.calibration import calibration_error
from lambdas.quality.classes import (
    Figures,
    accuracy,
    balanced_accuracy,
    f1_macro,
    log_loss,
)
from lambdas.quality.figure import Figure
from lambdas.quality.ranking import area, mean_area_figure


def multiclass_figures(scored: Scored) -> Figures:
    """Return every metric; None for those that these rows do not define."""
    matrix = confusion_matrix(scored)
    return {
        "accuracy": accuracy(matrix),
        "balanced_accuracy": balanced_accuracy(matrix),
        "roc_auc": _roc_auc(scored),
        "f1_macro": f1_macro(matrix),
        "log_loss": log_loss(scored),
        "calibration_error": calibration_error(
            scored.probabilities.max(axis=0).clip(0, 1), scored.predicted == scored.truth
        ),
    }


def _roc_auc(scored: Scored) -> Figure | None:
    """Return the mean area of each class against all others; each must occur."""
    found = []
    for index in range(len(scored.labels)):
        each = area(scored.probabilities[index], scored.truth == index)
        if each is None:
            return None
        found.append(each)
    return mean_area_figure(found)
