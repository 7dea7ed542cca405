"""The decision threshold in words: which one was used, why, and what it reached before the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.quality.verdict import used_threshold
from lambdas.report.language import Language
from lambdas.report.run_message import written_threshold


def heading(words: Language, metrics: Mapping[str, Any]) -> str:
    """Return what stands above the figures that depend on it."""
    if metrics["task"] == "binary":
        return words("threshold.at", threshold=written_threshold(words, used_threshold(metrics)))
    return words("threshold.classes.balanced" if _moved(metrics) else "threshold.classes.at")


def explained(words: Language, metrics: Mapping[str, Any]) -> str:
    """Return some sentences; empty for numbers."""
    if metrics["task"] == "regression":
        return ""
    said = [_rule(words, metrics), _reason(words, metrics), _held_out(words, metrics)]
    return " ".join(filter(None, said))


def _moved(metrics: Mapping[str, Any]) -> bool:
    return bool((metrics.get("threshold") or {}).get("thresholds"))


def _rule(words: Language, metrics: Mapping[str, Any]) -> str:
    if metrics["task"] == "binary":
        used = written_threshold(words, used_threshold(metrics))
        return words("threshold.rule", threshold=used)
    kind = "balanced" if _moved(metrics) else "plain"
    return words(f"threshold.classes.rule.{kind}")


def _reason(words: Language, metrics: Mapping[str, Any]) -> str:
    found = metrics.get("threshold")
    if not found:
        return ""
    if found["why"] == "asked" and _is_number(found):
        return words("threshold.why.number")
    aim, ratio = _aim(words, found["aim"]), words.figures(found["ratio"], 3)
    return words(f"threshold.why.{found['why']}", aim=aim, ratio=ratio)


def _is_number(found: Mapping[str, Any]) -> bool:
    return bool(found["aim"][0].isdigit())


def _aim(words: Language, written: str) -> str:
    """Return the aim of a threshold that is chosen, from how training is told it."""
    kind, *numbers = written.split(":")
    shown = {}
    if kind in ("sensitivity", "specificity"):
        shown = {"share": words.percent(float(numbers[0]))}
    if kind == "cost":
        costs = (words.figures(float(number), 6) for number in numbers)
        shown = dict(zip(("false_negative", "false_positive"), costs, strict=True))
    return words(f"threshold.aim.{kind}", **shown) if kind != "most_probable" else ""


def _held_out(words: Language, metrics: Mapping[str, Any]) -> str:
    """Return what it reached where it was chosen; nothing where it was not chosen there."""
    found = metrics.get("threshold") or {}
    reached = found.get("held_out") or {}
    if not _moved(metrics) or not {"sensitivity", "specificity"} <= set(reached):
        return ""
    said = words(
        "threshold.held_out",
        count=reached["rows"],
        positives=words.whole(reached["positives"]),
        sensitivity=words.percent(reached["sensitivity"]),
        specificity=words.percent(reached["specificity"]),
    )
    return said if _is_number(found) else f"{said} {words('threshold.optimistic')}"
