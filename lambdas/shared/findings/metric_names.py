"""Names of metrics within a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from lambdas.shared.findings.message import Message, verbatim

_NAMES: Mapping[str, Message] = {
    "accuracy": Message("accuracy"),
    "balanced_accuracy": Message("balanced accuracy"),
    "roc_auc": Message("ROC AUC"),
    "f1": Message("F1"),
    "f1_macro": Message("F1 (macro)"),
    "sensitivity": Message("sensitivity"),
    "specificity": Message("specificity"),
    "log_loss": Message("log loss"),
    "brier": Message("Brier score"),
    "r2": Message("R²"),
    "mae": Message("mean absolute error"),
    "rmse": Message("root mean squared error"),
}


def metric_name(metric: str) -> Message:
    """Return a metric's name; one without a name here is shown as it is."""
    return _NAMES.get(metric, verbatim(metric))
