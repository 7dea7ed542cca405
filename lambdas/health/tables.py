"""The figures behind the charts, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.health.news import newest_figure
from lambdas.report.language import Language
from lambdas.report.quality import writer
from lambdas.shared.documents.contents import HealthEntry, HealthFigure
from lambdas.shared.findings.message import metric_name

Measured = tuple[str, HealthFigure]  # the time or the period, and the figure


def measured(entries: Sequence[HealthEntry]) -> list[Measured]:
    """Return all figures on new rows, the newest first; of a period the one that knew most rows.

    Files that are compared at once may end in another order than they were read in.

    Parameters
    ----------
    entries : sequence of HealthEntry
        The newest first.
    """
    found: dict[tuple[object, ...], Measured] = {}
    for entry in entries:
        for figure in entry["quality"]:
            period = figure["period"]
            key = (period, figure["version"]) if period else (entry["name"], figure["version"])
            if key not in found or figure["rows"] > found[key][1]["rows"]:
                found[key] = (period or entry["time"], figure)
    return sorted(found.values(), key=lambda each: each[0], reverse=True)


def of_quality(words: Language, found: Sequence[Measured]) -> list[dict[str, str]]:
    """Return a row for each figure, beside the one that its version was registered with."""
    return [_figure(words, when, figure) for when, figure in found]


def _figure(words: Language, when: str, figure: HealthFigure) -> dict[str, str]:
    write, registered = writer(words, figure["metric"]), figure["registered"]
    verdict = figure.get("verdict", "unknown")
    return {
        "when": when[:10],
        "version": words("health.version", version=figure["version"]),
        "metric": words.say(metric_name(figure["metric"])),
        "value": write(figure["value"]),
        "interval": words.span(write(figure["low"]), write(figure["high"])),
        "rows": words.whole(figure["rows"]),
        "registered": write(registered["value"]) if registered else "",
        "verdict": words(f"health.verdict.{verdict}"),
        "level": verdict,
    }


def of_files(words: Language, entries: Sequence[HealthEntry]) -> list[dict[str, str]]:
    """Return a row for each entry: what it was, and what came of it."""
    return [_file(words, entry) for entry in entries]


def _file(words: Language, entry: HealthEntry) -> dict[str, str]:
    drift, figure = entry["drift"], newest_figure(entry)
    levels = drift["levels"] if drift else {}
    domain = drift["domain"] if drift else None
    return {
        "when": entry["time"][:16].replace("T", "\u00a0"),
        "kind": words(f"health.kind.{entry['kind']}"),
        "name": entry["name"],
        "report": f"{entry['name']}/report.html" if entry["kind"] == "upload" else "",
        "rows": "" if entry["rows"] is None else words.whole(entry["rows"]),
        "version": "" if entry["version"] is None else words.whole(entry["version"]),
        "large": words.whole(levels["large"]) if drift else "",
        "small": words.whole(levels["small"]) if drift else "",
        "domain": words.fixed(domain["auc"], 3) if domain else "",
        "figure": _brief(words, figure) if figure else "",
        "training": _training(words, entry),
    }


def _brief(words: Language, figure: HealthFigure) -> str:
    value = writer(words, figure["metric"])(figure["value"])
    return f"{words.say(metric_name(figure['metric']))} {value}"


def _training(words: Language, entry: HealthEntry) -> str:
    training = entry["training"]
    if not training:
        return ""
    end = "promoted" if training["promoted"] else "not_promoted"
    return words(f"health.training.{end}", version=training["version"])


def of_predictions(words: Language, entries: Sequence[HealthEntry]) -> list[dict[str, Any]]:
    """Return mean and quantiles of predicted numbers, a row for each entry that has them."""
    found = []
    for entry in entries:
        spread = entry["predictions"] or {}
        if "mean" in spread:
            quantiles = spread["quantiles"]
            ends = [quantiles.get(share) for share in ("0.1", "0.5", "0.9")]
            figures = [spread["mean"], *ends]
            cells = ["" if each is None else words.figures(each) for each in figures]
            found.append({"when": entry["time"][:10], "name": entry["name"], "cells": cells})
    return found
