"""The settings of the champion gate, and the metrics it can judge by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field, create_model

from lambdas.shared.contracts.preprocess import GateRules
from lambdas.shared.findings.message import Message

# Not log_loss: two trainings on the same rows differ in it by more than its interval shows.
GateMetric = Literal[
    "accuracy", "balanced_accuracy", "roc_auc", "f1", "f1_macro", "sensitivity", "specificity",
    "r2", "mae", "rmse",
]  # fmt: skip
# By task, the default first: it takes no threshold for granted, or counts every class alike.
GATE_METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("roc_auc", "accuracy", "balanced_accuracy", "f1", "sensitivity", "specificity"),
    "multiclass": ("balanced_accuracy", "accuracy", "f1_macro"),
    "regression": ("rmse", "mae", "r2"),
}  # fmt: skip
LOWER_IS_BETTER = frozenset({"log_loss", "mae", "rmse"})
OF_POSITIVE_CLASS = frozenset({"f1", "sensitivity", "specificity"})
# By task, what a limit can be set for beside those.
_ALSO_LIMITED = {"binary": ("log_loss",), "multiclass": ("log_loss",), "regression": ()}
_THRESHOLD = {
    f"{'maximum' if metric in LOWER_IS_BETTER else 'minimum'}_{metric}": metric
    for task, metrics in GATE_METRICS.items()
    for metric in (*metrics, *_ALSO_LIMITED[task])
}


def _limit(name: str) -> Any:
    """Return the field of a limit; only R² may be negative, and only errors above 1."""
    bound, metric = name.split("_", 1)
    text = f"Limit: at {'most' if bound == 'maximum' else 'least'} this {metric}, or no promotion."
    ge, le = None if metric == "r2" else 0, 1 if bound == "minimum" else None
    return float | None, Field(default=None, ge=ge, le=le, description=text)


class _Comparison(BaseModel):
    """How candidate and champion are compared."""

    gate_metric: GateMetric | None = Field(
        default=None,
        description="Metric by which candidate and champion are compared; if not set, roc_auc "
        "for two classes, balanced_accuracy for more, rmse for numbers.",
    )
    gate_margin: float = Field(
        default=0.0,
        ge=0,
        description="By how much the candidate must be better, in the metric's unit.",
    )
    gate_approval: Literal["automatic", "manual"] = Field(
        default="automatic",
        description="With `manual`, a person must approve a model before it becomes the champion.",
    )


if TYPE_CHECKING:
    _Limits = _Comparison
else:
    _Limits = create_model(
        "_Limits", __base__=_Comparison, **{name: _limit(name) for name in _THRESHOLD}
    )


class GateFields(_Limits):
    """What a candidate must show to become the champion."""

    def thresholds(self) -> dict[str, float]:
        """Return the limits that are set, by metric."""
        given = {metric: getattr(self, name) for name, metric in _THRESHOLD.items()}
        return {metric: limit for metric, limit in given.items() if limit is not None}

    def gate(self, task: str) -> GateRules:
        """Return what the gate judges by for a task, as the state machine carries it."""
        return GateRules(
            metric=self.gate_metric or GATE_METRICS[task][0],
            margin=self.gate_margin,
            approval=self.gate_approval,
            thresholds=self.thresholds(),
        )


def gate_misfits(settings: GateFields, task: str) -> list[Message]:
    """Return a sentence for each metric that the gate is to use and the task does not have."""
    known = GATE_METRICS[task] + _ALSO_LIMITED[task]
    chosen = {"gate_metric": settings.gate_metric} if settings.gate_metric else {}
    limits = {name: _THRESHOLD[name] for name in _THRESHOLD if getattr(settings, name) is not None}
    return [
        Message(
            "“{name}” needs the metric “{metric}”, which the task “{task}” does not have; it has "
            "{names}",
            name=name,
            metric=metric,
            task=task,
            names=", ".join(known),
        )
        for name, metric in (chosen | limits).items()
        if metric not in known
    ]
