"""The metrics, each defined once, by task."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# Labels that say by themselves that they mean "has it"; anything else goes by sorting.
_POSITIVE = frozenset(
    {
        *("1", "true", "t", "yes", "y", "positive", "pos", "+", "malignant", "abnormal", "disease"),
        *("diseased", "sick", "case", "present", "dead", "died", "death", "event"),
    }
)


@dataclass(frozen=True)
class Scored:
    """Test rows with what the endpoint made of them.

    Parameters
    ----------
    truth, predicted : numpy.ndarray, shape (rows,)
        Text for classes, float64 for regression.
    labels : tuple of str
        Classes, sorted; empty for regression.
    probabilities : numpy.ndarray of float64, shape (rows, classes)
    positive : str or None
        The positive class of a binary task.
    """

    truth: Any
    predicted: Any
    labels: tuple[str, ...]
    probabilities: Any
    positive: str | None


Metric = Callable[[Scored], float]


def choose_positive(labels: Sequence[str]) -> tuple[str, str]:
    """Return the positive one of two classes, and the rule that chose it."""
    marked = [label for label in labels if label.strip().lower() in _POSITIVE]
    if len(marked) == 1:
        return marked[0], "the class whose name says that something is present"
    return sorted(labels)[1], "the second class in sorted order"


def _accuracy(scored: Scored) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(scored.truth, scored.predicted))


def _balanced_accuracy(scored: Scored) -> float:
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(scored.truth, scored.predicted))


def _roc_auc(scored: Scored) -> float:
    from sklearn.metrics import roc_auc_score

    if len(scored.labels) == 2:
        # The area is the same whichever class counts as positive.
        is_second = scored.truth == scored.labels[1]
        return float(roc_auc_score(is_second, scored.probabilities[:, 1]))
    return float(
        roc_auc_score(
            scored.truth,
            scored.probabilities,
            multi_class="ovr",
            average="macro",
            labels=list(scored.labels),
        )
    )


def _log_loss(scored: Scored) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(scored.truth, scored.probabilities, labels=list(scored.labels)))


def _f1(scored: Scored) -> float:
    from sklearn.metrics import f1_score

    return float(
        f1_score(scored.truth, scored.predicted, pos_label=scored.positive, zero_division=0)
    )


def _f1_macro(scored: Scored) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(scored.truth, scored.predicted, average="macro", zero_division=0))


def _sensitivity(scored: Scored) -> float:
    return _share_found(scored, scored.truth == scored.positive)


def _specificity(scored: Scored) -> float:
    return _share_found(scored, scored.truth != scored.positive)


def _share_found(scored: Scored, among: Any) -> float:
    return float(np.mean((scored.predicted == scored.truth)[among]))


def _r2(scored: Scored) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(scored.truth, scored.predicted))


def _mae(scored: Scored) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(scored.truth, scored.predicted))


def _rmse(scored: Scored) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(scored.truth, scored.predicted))


METRICS: Mapping[str, Mapping[str, Metric]] = {
    "binary": {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "roc_auc": _roc_auc,
        "f1": _f1,
        "sensitivity": _sensitivity,
        "specificity": _specificity,
        "log_loss": _log_loss,
    },
    "multiclass": {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "roc_auc": _roc_auc,
        "f1_macro": _f1_macro,
        "log_loss": _log_loss,
    },
    "regression": {"r2": _r2, "mae": _mae, "rmse": _rmse},
}


def compute(task: str, scored: Scored) -> tuple[dict[str, float], list[str]]:
    """Compute the task's metrics.

    Returns
    -------
    metrics : dict
        Finite figures only.
    undefined : list of str
        Names of metrics that these rows do not define (such as ROC AUC with one class).
    """
    metrics: dict[str, float] = {}
    undefined: list[str] = []
    for name, function in METRICS[task].items():
        value = _finite(function, scored)
        if value is None:
            undefined.append(name)
        else:
            metrics[name] = value
    return metrics, undefined


def _finite(function: Metric, scored: Scored) -> float | None:
    with warnings.catch_warnings():
        # scikit-learn's warnings about undefined figures quote labels; the list above says so.
        warnings.simplefilter("ignore")
        try:
            value = function(scored)
        except ValueError:
            return None
    return value if np.isfinite(value) else None


def confusion_matrix(scored: Scored) -> list[list[int]]:
    """Count rows by true class (rows) and predicted class (columns), in the labels' order."""
    index = {label: position for position, label in enumerate(scored.labels)}
    counts = np.zeros((len(index), len(index)), dtype=int)
    for truth, predicted in zip(scored.truth.tolist(), scored.predicted.tolist(), strict=True):
        counts[index[truth], index[predicted]] += 1
    matrix: list[list[int]] = counts.tolist()
    return matrix
