"""Figures in words that a doctor or analyst can judge."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

# name → (title, explanation). The order of rows in the report is that of the metrics.
METRIC_WORDS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("Accuracy", "Share of test rows that were predicted correctly."),
    "balanced_accuracy": (
        "Balanced accuracy",
        "Average over the classes of the share predicted correctly; rare classes count as much "
        "as frequent ones. Guessing gives one divided by the number of classes.",
    ),
    "roc_auc": (
        "ROC AUC",
        "Chance that a random row of a class gets a higher probability for it than a random row "
        "of another class. 0.5 is guessing, 1 is perfect.",
    ),
    "pr_auc": (
        "PR AUC",
        "Average share of right ones among the rows claimed as positive, from the surest on; "
        "guessing gives the share of positive rows, 1 is perfect.",
    ),
    "f1": ("F1", "Balance of finding the positive rows and not raising false alarms; 1 is best."),
    "f1_macro": (
        "F1 (macro)",
        "Balance of finding the rows of a class and not claiming others for it, averaged over "
        "the classes; 1 is best.",
    ),
    "sensitivity": ("Sensitivity", "Of the truly positive rows, the share that was found."),
    "specificity": ("Specificity", "Of the truly negative rows, the share that was left alone."),
    "precision": (
        "Precision",
        "Of the rows claimed as positive, the share that truly is (positive predictive value).",
    ),
    "negative_predictive_value": (
        "Negative predictive value",
        "Of the rows claimed as negative, the share that truly is.",
    ),
    "brier": (
        "Brier score",
        "Mean squared distance of the probabilities from what happened; 0 is perfect.",
    ),
    "calibration_error": (
        "Calibration error",
        "How far stated probabilities are from observed shares on average; 0 is perfect. With few "
        "rows chance alone makes it larger than 0.",
    ),
    "log_loss": (
        "Log loss",
        "How far the probabilities are from the truth; 0 is perfect, confident errors cost most.",
    ),
    "r2": (
        "R²",
        "Share of the variation that the model explains; 0 is no better than the average, 1 is "
        "perfect.",
    ),
    "mae": (
        "Mean absolute error",
        "How far off predictions are on average, in the unit of the target.",
    ),
    "rmse": (
        "Root mean squared error",
        "As the mean absolute error, but large errors count more; in the unit of the target.",
    ),
    "median_absolute_error": (
        "Median absolute error",
        "Half of the predictions are off by no more than this, in the unit of the target.",
    ),
    "mean_error": (
        "Mean error",
        "Whether predictions are too high (above 0) or too low (below 0) on the whole, in the unit "
        "of the target.",
    ),
}
_GRADES = ((0.9, "very well"), (0.8, "well"), (0.7, "moderately well"))


def interval(successes: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    z = 1.959963984540054
    share = successes / total
    denominator = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / denominator
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def verdict(metrics: Mapping[str, float], document: Mapping[str, Any]) -> list[str]:
    """Judge a model in a few sentences.

    Parameters
    ----------
    metrics : mapping
    document : mapping
        ``metrics.json``: ``task``, ``rows``, ``confusion_matrix``.
    """
    if document.get("task") == "regression":
        return _regression_verdict(metrics, document)
    rows, matrix = int(document["rows"]), document["confusion_matrix"]
    correct = sum(matrix[index][index] for index in range(len(matrix)))
    low, high = interval(correct, rows)
    most = max(sum(line) for line in matrix)
    sentences = [
        f"Of {rows} test rows that the model had never seen, it predicted {correct} correctly "
        f"({percent(correct / rows)}; with this number of rows, the true share may well lie "
        f"between {percent(low)} and {percent(high)}).",
        f"Always naming the most frequent class would have got {percent(most / rows)}.",
    ]
    if "roc_auc" in metrics:
        sentences.insert(0, f"The model tells the classes apart {grade(metrics['roc_auc'])}.")
    return sentences


def _regression_verdict(metrics: Mapping[str, float], document: Mapping[str, Any]) -> list[str]:
    sentences = [
        f"On {document['rows']} test rows that the model had never seen, its predictions were off "
        f"by {metrics['mae']:.4g} on average.",
    ]
    if "r2" in metrics:
        sentences.append(
            f"It explains {percent(max(0.0, metrics['r2']))} of the variation of the target."
        )
    return sentences


def grade(roc_auc: float) -> str:
    """Put a ROC AUC in words."""
    return next((words for least, words in _GRADES if roc_auc >= least), "hardly or not at all")


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal."""
    return f"{100 * share:.1f} %"


def metric_rows(metrics: Mapping[str, float]) -> Sequence[tuple[str, str, str]]:
    """Return title, value and explanation of each metric."""
    return [
        (
            METRIC_WORDS[name][0],
            f"{value:.4f}" if abs(value) < 1000 else f"{value:.6g}",
            METRIC_WORDS[name][1],
        )
        for name, value in metrics.items()
        if name in METRIC_WORDS
    ]
