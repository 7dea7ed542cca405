"""Every metric computed again by scikit-learn, from a table of truth and predictions."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics as sk

_BINS = 10


def recomputed(task: str, table: pd.DataFrame, positive: str | None) -> dict[str, float]:
    """Return the metrics by name.

    ``table`` has the columns of ``predictions.csv``, texts but for the probabilities.
    """
    if task == "regression":
        return _regression(table["actual"].astype(float), table["prediction"].astype(float))
    truth, predicted = table["actual"].to_numpy(), table["prediction"].to_numpy()
    columns = [name for name in table.columns if name.startswith("probability:")]
    labels = [name.removeprefix("probability:") for name in columns]
    probabilities = table[columns].to_numpy(dtype=float)
    common = {
        "accuracy": sk.accuracy_score(truth, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
        "log_loss": sk.log_loss(truth, probabilities, labels=labels),
    }
    if task == "multiclass":
        surest = np.array(labels)[probabilities.argmax(axis=1)]
        return common | {
            "roc_auc": sk.roc_auc_score(truth, probabilities, multi_class="ovr", labels=labels),
            "f1_macro": sk.f1_score(truth, predicted, average="macro"),
            "calibration_error": _calibration_error(probabilities.max(axis=1), truth == surest),
        }
    assert positive is not None
    negative = next(label for label in labels if label != positive)
    happened, chance = truth == positive, probabilities[:, labels.index(positive)]
    return common | {
        "roc_auc": sk.roc_auc_score(happened, chance),
        "pr_auc": sk.average_precision_score(happened, chance),
        "f1": sk.f1_score(truth, predicted, pos_label=positive),
        "sensitivity": sk.recall_score(truth, predicted, pos_label=positive),
        "specificity": sk.recall_score(truth, predicted, pos_label=negative),
        "precision": sk.precision_score(truth, predicted, pos_label=positive),
        "negative_predictive_value": sk.precision_score(truth, predicted, pos_label=negative),
        "brier": sk.brier_score_loss(happened, chance),
        "calibration_error": _calibration_error(chance, happened),
    }


def _regression(truth: Any, predicted: Any) -> dict[str, float]:
    return {
        "r2": sk.r2_score(truth, predicted),
        "mae": sk.mean_absolute_error(truth, predicted),
        "rmse": sk.root_mean_squared_error(truth, predicted),
        "median_absolute_error": sk.median_absolute_error(truth, predicted),
        "mean_error": float(np.mean(predicted - truth)),
    }


def _calibration_error(chance: Any, happened: Any) -> float:
    bins = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    gaps = [abs((happened - chance)[bins == each].sum()) for each in range(_BINS)]
    return float(sum(gaps) / len(chance))
