"""Every metric of a task, and what a page shows beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.evaluate.scored import Scored, confusion_matrix
from lambdas.quality.binary import binary_figures
from lambdas.quality.bootstrap import SEED, replicates
from lambdas.quality.calibration import bins
from lambdas.quality.classes import counts
from lambdas.quality.curves import precision_recall_curve, roc_curve
from lambdas.quality.figure import LEVEL, METHODS, Figure
from lambdas.quality.multiclass import multiclass_figures
from lambdas.quality.other_threshold import other_threshold
from lambdas.quality.ranking import area, area_figure, steps
from lambdas.quality.regression import regression_figures, residuals

_FIGURES = {
    "binary": binary_figures,
    "multiclass": multiclass_figures,
    "regression": regression_figures,
}
_MOST_CLASS_CURVES = 12  # a page can show no more


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


def described(found: Mapping[str, Figure]) -> dict[str, Any]:
    """Return figures as ``metrics.json`` holds them: values, and intervals beside them."""
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
        },
        "other_threshold": other_threshold(scores, happened),
        "calibration": {"of": "positive class", "bins": bins(scores, happened)},
    }


def _of_any(scored: Scored) -> dict[str, Any]:
    best = scored.probabilities.max(axis=0).clip(0, 1)
    right = scored.predicted == scored.truth
    return {"calibration": {"of": "predicted class", "bins": bins(best, right)}}


def _classes(scored: Scored, matrix: Any) -> list[dict[str, Any]]:
    found = []
    for index, (label, counted) in enumerate(zip(scored.labels, counts(matrix), strict=True)):
        happened, scores = scored.truth == index, scored.probabilities[index]
        figures_of_class = {
            "recall": counted.recall,
            "precision": counted.precision,
            "f1": counted.f1,
            "roc_auc": area_figure(area(scores, happened)),
        }
        defined = {name: each for name, each in figures_of_class.items() if each is not None}
        entry = {"label": label, "rows": counted.actual, "predicted_rows": counted.claimed}
        entry |= described(defined)
        if scored.task == "multiclass" and len(scored.labels) <= _MOST_CLASS_CURVES:
            entry["roc"] = roc_curve(steps(scores, happened))
        found.append(entry)
    return found
