"""Does it work equally well for every group? Their figures, and how much they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lambdas.report.language import Language
from lambdas.report.quality import brief, writer

_FIGURES: Mapping[str, tuple[str, ...]] = {
    "binary": (
        *("positive_share", "selection_rate", "sensitivity"),
        *("false_positive_rate", "calibration_gap", "roc_auc"),
    ),
    "multiclass": ("accuracy", "balanced_accuracy", "roc_auc"),
    "regression": ("mae", "mean_error", "r2"),
}
# Equalized odds follow the two rates that they are made of.
_COMPARED: Mapping[str, tuple[str, ...]] = {
    "binary": (
        *("selection_rate", "sensitivity", "false_positive_rate"),
        *("equalized_odds", "calibration_gap"),
    ),
    "multiclass": ("accuracy",),
    "regression": ("mae", "mean_error"),
}


def groups(words: Language, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tables of each column by whose values the metrics are broken down."""
    return [_column(words, metrics["task"], each) for each in metrics.get("groups") or []]


def _column(words: Language, task: str, column: Mapping[str, Any]) -> dict[str, Any]:
    shown = column["groups"]
    names = [name for name in _FIGURES[task] if any(name in each["metrics"] for each in shown)]
    rows = [
        {
            "label": _label(words, group["group"]),
            "rows": words.whole(group["rows"]),
            "figures": [brief(words, group, name) for name in names],
        }
        for group in shown
    ]
    compared = {**column["differences"], "equalized_odds": column["equalized_odds"]}
    fewest = words.whole(column["fewest_rows"])
    return {
        "column": column["column"],
        "names": [words(f"metric.{name}") for name in names],
        "rows": rows,
        "fewest": fewest,
        "hidden": column["not_shown"]["groups"],
        "differences": [
            _difference(words, name, compared[name], fewest)
            for name in _COMPARED[task]
            if len(shown) > 1
        ],
    }


def _label(words: Language, group: str | None) -> str:
    return words("groups.empty") if group is None else group


def _difference(
    words: Language, name: str, found: Mapping[str, Any] | None, fewest: str
) -> dict[str, Any]:
    about = {"name": words(f"metric.{name}"), "says": words(f"groups.of.{name}")}
    if found is None:
        return {**about, "cells": [("", "")] * 4, "reading": words("groups.few", fewest=fewest)}
    write = writer(words, name)
    ends = [found.get(end) for end in ("smallest", "largest")]
    apart = found["difference"]
    reading = "groups.differ" if found["differs"] else "groups.unclear"
    return {
        **about,
        "cells": [
            *(
                (write(end["value"]), _label(words, end["group"])) if end else ("", "")
                for end in ends
            ),
            _with_interval(words, write, apart),
            _with_interval(words, lambda ratio: words.fixed(ratio, 3), found["ratio"])
            if found.get("ratio")
            else ("", ""),
        ],
        "reading": words(reading, low=write(apart["low"]), high=write(apart["high"])),
    }


def _with_interval(
    words: Language, write: Callable[[float], str], found: Mapping[str, float]
) -> tuple[str, str]:
    return write(found["value"]), words.span(write(found["low"]), write(found["high"]))
