"""A model's predictions beside its answers to its own test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lambdas.drift.compare import Level, Shift
from lambdas.shared.documents.contents import Distribution, Metrics
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


@dataclass(frozen=True)
class PredictionsDrift:
    """How far the predictions have moved.

    Parameters
    ----------
    version : int
        Of the model.
    """

    version: int
    shift: Shift

    @property
    def level(self) -> Level:
        """How large that is, beyond chance."""
        return self.shift.alone

    def to_json(self) -> dict[str, Any]:
        """Return it as in ``distribution.json``."""
        rows = {"before": sum(self.shift.before), "now": sum(self.shift.now)}
        return {"model": self.version, "rows": rows, "level": self.level, **self.shift.to_json()}

    @property
    def findings(self) -> list[Finding]:
        """What is told of it."""
        codes = {"large": "PredictionsDrifted", "small": "PredictionsDriftedSlightly"}
        if self.level not in codes:
            return []
        text = Message(
            "the predictions are distributed differently than those of the test rows of version "
            "{version} (stability index {index}, by chance {chance})",
            version=self.version,
            index=round(self.shift.index, 2),
            chance=round(self.shift.by_chance, 2),
        )
        return [Finding(codes[self.level], text)]


def predictions_drift(
    version: int, found: Distribution, metrics: Metrics | Mapping[str, Any]
) -> PredictionsDrift | None:
    """Return how far predictions are from those of the version's test rows.

    Parameters
    ----------
    found : mapping
        Content of ``distribution.json``.
    metrics : mapping
        Content of the version's ``metrics.json``; empty if it is gone.

    Returns
    -------
    PredictionsDrift or None
        None where either is not known, as of models measured before their answers were counted.
    """
    shift = _of_classes(found, metrics) if "classes" in found else _of_numbers(found, metrics)
    return PredictionsDrift(version, shift) if shift and shift.is_known else None


def _of_classes(found: Distribution, metrics: Metrics | Mapping[str, Any]) -> Shift | None:
    classes: list[dict[str, Any]] = cast("Any", metrics).get("classes") or []
    before = {each["label"]: each["predicted_rows"] for each in classes}
    labels = sorted({*before, *found["classes"]})
    if len(labels) < 2:
        return None
    now = found["classes"]
    return Shift([before.get(each, 0) for each in labels], [now.get(each, 0) for each in labels])


def _of_numbers(found: Distribution, metrics: Metrics | Mapping[str, Any]) -> Shift | None:
    before, now = metrics.get("predicted"), found.get("bins")
    if not before or not now or before["edges"] != now["edges"]:
        return None
    return Shift(before["counts"], now["counts"], is_ordered=True)
