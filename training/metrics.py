"""Figures on the validation split, printed for SageMaker's metric definitions.

None of them depends on which class counts as positive, so no class label is ever printed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import metrics


def classification_metrics(truth: Any, probabilities: Any, labels: Any) -> dict[str, float]:
    """Score predicted class probabilities.

    Parameters
    ----------
    truth : numpy.ndarray of str, shape (rows,)
        May hold classes the model never saw; they count as errors.
    probabilities : numpy.ndarray, shape (rows, classes)
    labels : numpy.ndarray of str, shape (classes,)
        The model's classes, in the order of the columns.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy``, ``f1_macro``, ``log_loss`` (nats) and, where every
        class occurs in ``truth``, ``roc_auc`` (one-vs-rest, macro average).
    """
    predicted = labels[probabilities.argmax(axis=1)]
    present = np.unique(truth)
    recalls = [float((predicted[truth == label] == label).mean()) for label in present]
    match = truth[:, None] == labels[None, :]
    of_truth = np.clip((probabilities * match).sum(axis=1), np.finfo(float).eps, 1.0)
    scores = {
        "accuracy": float((predicted == truth).mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "f1_macro": float(metrics.f1_score(truth, predicted, average="macro", zero_division=0)),
        "log_loss": float(-np.log(of_truth).mean()),
    }
    if np.array_equal(present, labels):
        binary = len(labels) == 2
        score = probabilities[:, 1] if binary else probabilities
        options = {} if binary else {"multi_class": "ovr", "average": "macro"}
        scores["roc_auc"] = float(metrics.roc_auc_score(truth, score, **options))
    return scores


def regression_metrics(truth: Any, predicted: Any) -> dict[str, float]:
    """Score predicted numbers: ``r2`` (from two rows on), ``mae`` and ``rmse`` in target units."""
    scores = {
        "mae": float(metrics.mean_absolute_error(truth, predicted)),
        "rmse": float(metrics.root_mean_squared_error(truth, predicted)),
    }
    if len(truth) > 1:
        scores["r2"] = float(metrics.r2_score(truth, predicted))
    return scores
