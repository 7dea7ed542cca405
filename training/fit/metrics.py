"""Figures on the validation split, printed for SageMaker's metric definitions.

None of them depends on which class counts as positive, so no class label is ever printed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

# By whether there are classes: proper for probabilities, and in the target's unit.
METRICS = {True: "log_loss", False: "rmse"}
INTERVAL_LEVELS = (0.8, 0.9, 0.95)


def classification_metrics(
    truth: NDArray[np.str_], probabilities: NDArray[np.float64], labels: NDArray[np.str_]
) -> dict[str, float]:
    """Score predicted class probabilities.

    Parameters
    ----------
    truth : numpy.ndarray, shape (rows,)
        May contain classes the model never saw; they count as errors.
    probabilities : numpy.ndarray, shape (rows, classes)
    labels : numpy.ndarray, shape (classes,)
        The model's classes, in the order of the columns.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy``, ``f1_macro``, ``log_loss`` (nats) and, where every
        class occurs in ``truth``, ``roc_auc`` (one-vs-rest, macro average).
    """
    predicted = labels[probabilities.argmax(axis=1)]
    present = np.unique(truth)
    of_truth = (probabilities * (truth[:, None] == labels[None, :])).sum(axis=1)
    scores = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        # scikit-learn's balanced accuracy, without its warning of predicted classes not in `truth`
        "balanced_accuracy": metrics.recall_score(
            truth, predicted, labels=present, average="macro", zero_division=0
        ),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
        # scikit-learn's log loss refuses classes that the model never saw
        "log_loss": -np.log(np.clip(of_truth, np.finfo(float).eps, 1.0)).mean(),
    }
    if np.array_equal(present, labels):
        binary = len(labels) == 2
        score = probabilities[:, 1] if binary else probabilities
        options = {} if binary else {"multi_class": "ovr", "average": "macro"}
        scores["roc_auc"] = metrics.roc_auc_score(truth, score, **options)
    return {name: float(value) for name, value in scores.items()}


def regression_metrics(truth: NDArray[np.float64], predicted: NDArray[Any]) -> dict[str, float]:
    """Score predicted numbers: ``r2`` (from two rows on), ``mae`` and ``rmse`` in target units."""
    scores = {
        "mae": float(metrics.mean_absolute_error(truth, predicted)),
        "rmse": float(metrics.root_mean_squared_error(truth, predicted)),
    }
    if len(truth) > 1:
        scores["r2"] = float(metrics.r2_score(truth, predicted))
    return scores


def model_metrics(model: Any, features: Any, target: NDArray[Any]) -> dict[str, float]:
    """Score a fitted estimator or pipeline on rows of shape (rows, columns) and their target."""
    if hasattr(model, "classes_"):
        return classification_metrics(target, model.predict_proba(features), model.classes_)
    return regression_metrics(target, model.predict(features))


def interval_half_widths(
    truth: NDArray[np.float64], predicted: NDArray[np.float64]
) -> dict[str, float]:
    """Return half the width of a prediction's interval by level, in the target's unit.

    Split conformal intervals: of the absolute errors on rows that the model was not fitted on, the
    k-th smallest, k the ceiling of (n + 1) x level, bounds a new row's error with at least that
    probability if rows are exchangeable (Lei, G'Sell, Rinaldo, Tibshirani, Wasserman 2018,
    "Distribution-free predictive inference for regression", theorem 2.2), for every algorithm.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape (rows,)
        Of rows held out.

    Returns
    -------
    dict
        Levels written ``0.9``, without those for which there are too few rows.
    """
    errors = np.sort(np.abs(np.asarray(truth) - np.asarray(predicted)))
    ranks = {level: math.ceil((len(errors) + 1) * level) for level in INTERVAL_LEVELS}
    return {
        str(level): float(errors[rank - 1]) for level, rank in ranks.items() if rank <= len(errors)
    }
