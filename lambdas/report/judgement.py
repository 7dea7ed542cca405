"""A verdict's statements as sentences; which are made is decided in `lambdas.quality.verdict`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.report.language import Language

_COUNTS = frozenset(
    {"rows", "correct", "positives", "negatives", "true_positives", "true_negatives"}
    | {"predicted_positives", "classes", "classes_not_found"}
)
_SCORES = ("auc", "r2")
_AMOUNTS = frozenset({"mae", "baseline_mae", "threshold"})


def sentences(words: Language, found: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return ``code``, ``level`` and ``text`` of each statement.

    Parameters
    ----------
    words : Language
    found : mapping or None
        What `lambdas.quality.verdict.verdict` returned; None if the model was not measured.
    """
    if not found:
        return []
    figures = {name: _written(words, name, value) for name, value in found["figures"].items()}
    return [
        {**each, "text": words(f"verdict.{each['code']}", **figures, count=count)}
        for each in found["statements"]
        for count in [found["figures"].get(_counted(each["code"]), 0)]
    ]


def _counted(code: str) -> str:
    """Return the figure that chooses between a statement's two forms."""
    return "negatives" if code.startswith("negative.") else "positives"


def _written(words: Language, name: str, value: float) -> str:
    if name in _COUNTS:
        return words.whole(value)
    if name in _AMOUNTS:
        return words.figures(value, 3)
    return words.fixed(value, 3) if name.startswith(_SCORES) else words.percent(value)
