"""How good the predictions are where the target is known, beside the model's test figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.report import quality
from lambdas.report.language import Language
from lambdas.shared.contracts.predict import Measurement, ResultEvent
from lambdas.shared.findings.message import metric_name


def how_good(words: Language, event: ResultEvent) -> list[str]:
    """Return sentences about the measurement; none where no target is known."""
    found, prepared, joined = event.measurement, event.rows, event.joined
    if found is None or prepared is None or prepared.targets is None or joined is None:
        return []
    if not isinstance(found, Measurement):
        return [words("measured.failed", error=found.Error)]
    targets = prepared.targets
    sentences = [words("measured.rows", count=targets.rows, target=prepared.target)]
    if joined.measured < targets.rows:
        step = -(-targets.rows // max(1, joined.measured))
        sentences.append(words("measured.part", step=words.whole(step)))
    sentences.append(words(f"measured.{found.verdict}", **_compared(words, found)))
    if targets.is_seen is None:
        sentences.append(words("measured.unchecked"))
    return sentences


def _compared(words: Language, found: Measurement) -> dict[str, str]:
    name = found.judged_by
    if name is None:
        return {}
    write = quality.writer(words, name)
    here, there = found.metrics[name], found.registered[name]
    return {"metric": words.say(metric_name(name)), "here": write(here), "there": write(there)}


def table(
    words: Language, measured: Mapping[str, Any], trained: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return a row for each metric: name, explanation, and figures with their intervals.

    Parameters
    ----------
    words : Language
    measured, trained : mapping
        ``metrics.json`` of the predictions and of the model.
    """
    rows = []
    for name in measured["metrics"]:
        if not words.has(f"metric.{name}"):
            continue
        here = quality.figure(words, measured, name)
        has_both = name in (trained.get("metrics") or {})
        there = quality.figure(words, trained, name) if has_both else {}
        pairs = [(each.get("value", ""), each.get("interval", "")) for each in (here, there)]
        difference = measured["comparison"]["differences"].get(name)
        rows.append({**here, "figures": [*pairs, _difference(words, name, difference)]})
    return rows


def _difference(words: Language, name: str, found: Mapping[str, float] | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    write = quality.writer(words, name)
    return write(found["value"]), words.span(write(found["low"]), write(found["high"]))
