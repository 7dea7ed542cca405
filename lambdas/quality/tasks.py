"""Every metric of a task, and what a page shows next to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import SEED, Resampled, replicates
from lambdas.quality.calibration import bins, calibration_error
from lambdas.quality.classes import (
    Counts,
    Figures,
    accuracy,
    balanced_accuracy,
    f1_macro,
    log_loss,
    losses,
)
from lambdas.quality.curves import (
    other_threshold,
    precision_recall_curve,
    roc_curve,
    threshold_curve,
)
from lambdas.quality.intervals import LEVEL, METHODS, Figure
from lambdas.quality.ranking import area, area_figure, average_precision, mean_area_figure, steps
from lambdas.quality.regression import regression_figures, residuals
from lambdas.quality.scored import Scored, confusion_matrix

_MOST_CLASS_CURVES = 12  # a page can show no more


def _binary(scored: Scored) -> Figures:
    """Return every metric; None for those that these rows do not define."""
    assert scored.positive is not None  # noqa: S101 - tells mypy what a binary task has
    counts = Counts.of(confusion_matrix(scored))
    positive, negative = scored.positive, 1 - scored.positive
    scores = scored.probabilities[scored.positive]
    happened = scored.truth == scored.positive
    means = Resampled(np.stack([losses(scored), (scores - happened) ** 2]))
    return {
        "accuracy": accuracy(counts),
        "balanced_accuracy": balanced_accuracy(counts),
        "roc_auc": area_figure(area(scores, happened)),
        "pr_auc": average_precision(steps(scores, happened)),
        "f1": counts.f1_of(positive),
        "sensitivity": counts.recall_of(positive),
        "specificity": counts.recall_of(negative),
        "precision": counts.precision_of(positive),
        "negative_predictive_value": counts.precision_of(negative),
        "log_loss": means.figure(lambda mean: mean[0]),
        "brier": means.figure(lambda mean: mean[1]),
        "calibration_error": calibration_error(scores, happened),
    }


def _multiclass(scored: Scored) -> Figures:
    """Return every metric; None for those that these rows do not define."""
    matrix = confusion_matrix(scored)
    counts = Counts.of(matrix)
    return {
        "accuracy": accuracy(counts),
        "balanced_accuracy": balanced_accuracy(counts),
        "roc_auc": _roc_auc(scored),
        "f1_macro": f1_macro(matrix),
        "log_loss": log_loss(scored),
        "calibration_error": calibration_error(*_most_probable(scored)),
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


_FIGURES = {"binary": _binary, "multiclass": _multiclass, "regression": regression_figures}


def figures(scored: Scored) -> tuple[dict[str, Figure], list[str]]:
    """Compute the task's metrics.

    Returns
    -------
    figures : dict
        Defined ones only, in the order of a report.
    undefined : list of str
        Names of metrics that these rows do not define (such as ROC AUC with one class).
    """
    found = _FIGURES[scored.task](scored)
    defined = {name: each for name, each in found.items() if each is not None}
    return defined, [name for name, each in found.items() if each is None]


def scores(scored: Scored) -> dict[str, Any]:
    """Return every figure that follows from the predictions alone."""
    found, undefined = figures(scored)
    methods = dict.fromkeys(each.method for each in found.values())
    return {
        "task": scored.task,
        "rows": scored.rows,
        **described(found),
        "undefined": undefined,
        "interval_level": LEVEL,
        "interval_methods": {name: METHODS[name] for name in methods},
        "bootstrap": {"replicates": replicates(scored.rows), "seed": SEED},
        **details(scored),
    }


def described(found: Mapping[str, Figure]) -> dict[str, Any]:
    """Return figures as in ``metrics.json``: values, and their intervals."""
    return {
        "metrics": {name: each.value for name, each in found.items()},
        "intervals": {name: each.interval() for name, each in found.items()},
    }


def details(scored: Scored) -> dict[str, Any]:
    """Return the confusion matrix, classes, curves and calibration, or the residuals."""
    if scored.task == "regression":
        return {"residuals": residuals(scored)}
    matrix = confusion_matrix(scored)
    return {
        "labels": list(scored.labels),
        "confusion_matrix": matrix.tolist(),
        "classes": _classes(scored, matrix),
        **(_of_positive(scored) if scored.positive is not None else _of_any(scored)),
    }


def _of_positive(scored: Scored) -> dict[str, Any]:
    assert scored.positive is not None  # noqa: S101 - tells mypy what the caller asked
    scores, happened = scored.probabilities[scored.positive], scored.truth == scored.positive
    counted = steps(scores, happened)
    return {
        "positive_class": scored.labels[scored.positive],
        "positive_class_rule": str(scored.positive_rule),
        "positive_class_wording": scored.positive_rule and scored.positive_rule.to_json(),
        "curves": {
            "roc": roc_curve(counted),
            "precision_recall": precision_recall_curve(counted),
            "threshold": threshold_curve(counted),
        },
        "other_threshold": other_threshold(scores, happened),
        "calibration": {"of": "positive class", "bins": bins(scores, happened)},
    }


def _of_any(scored: Scored) -> dict[str, Any]:
    return {"calibration": {"of": "most probable class", "bins": bins(*_most_probable(scored))}}


def _most_probable(scored: Scored) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each row's largest probability, and whether its class is right.

    Not the predicted class: a threshold may have moved that.
    """
    best = scored.probabilities.argmax(axis=0)
    return scored.probabilities.max(axis=0).clip(0, 1), best == scored.truth


def _classes(scored: Scored, matrix: NDArray[np.int64]) -> list[dict[str, Any]]:
    found, counts = [], Counts.of(matrix)
    for index, label in enumerate(scored.labels):
        happened, scores = scored.truth == index, scored.probabilities[index]
        figures_of_class = {
            "recall": counts.recall_of(index),
            "precision": counts.precision_of(index),
            "f1": counts.f1_of(index),
            "roc_auc": area_figure(area(scores, happened)),
        }
        defined = {name: each for name, each in figures_of_class.items() if each is not None}
        rows = {"rows": counts.actual[index], "predicted_rows": counts.predicted[index]}
        entry: dict[str, Any] = {"label": label, **{name: int(each) for name, each in rows.items()}}
        entry |= described(defined)
        if scored.task == "multiclass" and len(scored.labels) <= _MOST_CLASS_CURVES:
            entry["roc"] = roc_curve(steps(scores, happened))
        found.append(entry)
    return found
