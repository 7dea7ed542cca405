"""The page ``health.html``: a dataset's health over time, self-contained."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from lambdas.health import tables
from lambdas.health.grid import SHADES, SIGNS, File, heat_map, shares
from lambdas.health.summary import summary
from lambdas.health.timeline import Point, over_time
from lambdas.report.language import Language
from lambdas.report.page import style, template
from lambdas.shared.documents.contents import HealthEntry, HealthFigure
from lambdas.shared.findings.message import metric_name

MOST_FILES, MOST_ROWS, MOST_POINTS = 60, 30, 120  # that are shown


def render(dataset: str, entries: Sequence[HealthEntry], words: Language) -> str:
    """Return the page's HTML.

    Parameters
    ----------
    dataset : str
    entries : sequence of HealthEntry
        The history, the newest first.
    words : Language
    """
    found = tables.measured(entries)[:MOST_POINTS]
    predicted = [each for each in entries if each["predictions"]][:MOST_FILES]
    parts = {
        "quality": _quality(words, entries, found),
        "drift": _drift(words, entries),
        "spread": _classes(words, predicted) or _numbers(words, predicted),
        "domain": _domain(words, entries),
    }
    return template("health/page.html").render(
        t=words,
        style=style(),
        title=words("health.title", dataset=dataset),
        said=summary(words, entries),
        sections=[key for key, part in parts.items() if part],
        **parts,
        files=tables.of_files(words, entries[:MOST_FILES]),
        most=words.whole(MOST_FILES),
        signs=[(SIGNS[level], level) for level in ("large", "small", "none")],
    )


def _time(text: str) -> dt.datetime:
    """Return a time, of a month its middle, of a day its noon."""
    if len(text) <= len("2026-05"):
        text = f"{text}-15"
    found = dt.datetime.fromisoformat(f"{text}T12:00" if len(text) == len("2026-05-04") else text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _quality(
    words: Language, entries: Sequence[HealthEntry], found: Sequence[tables.Measured]
) -> dict[str, Any] | None:
    registered = [each for each in entries if each["training"] and each["training"]["figure"]]
    metric = _metric(entries)
    if metric is None:
        return None
    points = [_point(_time(when), figure) for when, figure in found if figure["metric"] == metric]
    for each in registered[:MOST_POINTS]:
        training = each["training"]
        if training and training["figure"] and training["figure"]["metric"] == metric:
            own = _point(_time(each["time"]), training["figure"])
            point = Point(own.time, own.value, own.low, own.high, own.version,
                          is_registered=True, is_promoted=training["promoted"])  # fmt: skip
            points.append(point)
    points.sort(key=lambda each: each.time)
    name = words.say(metric_name(metric))
    chart = over_time(words, points, words("health.quality.chart", metric=name), name)
    return {"chart": chart, "name": name, "rows": tables.of_quality(words, found[:MOST_FILES])}


def _metric(entries: Sequence[HealthEntry]) -> str | None:
    """Return the metric of the newest figure."""
    for entry in entries:
        training = entry["training"]
        for figure in [*entry["quality"], training["figure"] if training else None]:
            if figure:
                return figure["metric"]
    return None


def _point(time: dt.datetime, figure: HealthFigure) -> Point:
    return Point(time, figure["value"], figure["low"], figure["high"], figure["version"])


def _files(words: Language, entries: Sequence[HealthEntry]) -> list[File]:
    return [File(each["time"][:10], words(f"health.letter.{each['kind']}")) for each in entries]


def _drift(words: Language, entries: Sequence[HealthEntry]) -> dict[str, Any] | None:
    newest_first = [each for each in entries if each["drift"]][:MOST_FILES]
    files = newest_first[::-1]
    by_file = [{c["name"]: c for c in e["drift"]["columns"]} for e in files if e["drift"]]
    if not files:
        return None
    largest: dict[str, float] = {}
    times: Counter[str] = Counter()
    for columns in by_file:
        for name, each in columns.items():
            if each["level"] != "none":
                largest[name] = max(largest.get(name, 0.0), each["index"])
                times[name] += 1
    names = sorted(largest, key=lambda name: (-largest[name], name))
    shown = names[:MOST_ROWS]
    rows = [(name, [_level(columns, name) for columns in by_file]) for name in shown]
    of_predictions = [_of_predictions(each) for each in files]
    if {"large", "small"} & {*of_predictions}:
        rows = [(words("health.drift.row"), of_predictions), *rows]
    newest = by_file[-1]
    return {
        "chart": heat_map(words, _files(words, files), rows) if rows else None,
        "hidden": words("health.drift.hidden", count=len(names) - len(shown))
        if len(names) > len(shown)
        else "",
        "rows": [
            {
                "name": name,
                "newest": words.fixed(newest[name]["index"], 2) if name in newest else "",
                "level": words(f"health.level.{newest[name]['level']}") if name in newest else "",
                "largest": words.fixed(largest[name], 2),
                "files": words.whole(times[name]),
            }
            for name in shown
        ],
    }


def _of_predictions(entry: HealthEntry) -> str:
    """Return how far what is predicted has moved; empty where that is not known."""
    found = entry["drift"]["predictions"] if entry["drift"] else None
    return found["level"] if found else ""


def _level(columns: dict[str, Any], name: str) -> str:
    """Return a column's level; empty where it was not compared, or is not kept."""
    return str(columns[name]["level"]) if name in columns else ""


def _classes(words: Language, entries: Sequence[HealthEntry]) -> dict[str, Any] | None:
    files = [each for each in entries if each["predictions"] and "classes" in each["predictions"]]
    if not files:
        return None
    total: Counter[str] = Counter()
    for each in files:
        total.update((each["predictions"] or {})["classes"])
    named = [label for label, _ in total.most_common()]
    shown = named if len(named) <= SHADES else named[: SHADES - 1]
    by_file = [_shares(each, shown) for each in files]
    has_others = any(of_file[-1] > 0 for of_file in by_file)
    labels = [*shown, words("health.predictions.others")] if has_others else shown
    cells = [of_file if has_others else of_file[:-1] for of_file in by_file]
    return {
        "chart": shares(words, _files(words, files[::-1]), labels, cells[::-1]),
        "heads": labels,
        "rows": [
            {"when": e["time"][:10], "name": e["name"], "cells": [words.percent(s) for s in c]}
            for e, c in zip(files, cells, strict=True)
        ],
        "note": words("health.predictions.note"),
    }


def _shares(entry: HealthEntry, shown: Sequence[str]) -> list[float]:
    """Return the shares of some classes in a file, and at the end that of all others."""
    found = entry["predictions"] or {}
    counts, rows = found["classes"], sum(found["classes"].values()) + found["others"]
    of_shown = [counts.get(label, 0) / rows if rows else 0.0 for label in shown]
    others = rows - sum(counts.get(label, 0) for label in shown)
    return [*of_shown, others / rows if rows else 0.0]


def _numbers(words: Language, entries: Sequence[HealthEntry]) -> dict[str, Any] | None:
    points = []
    for each in entries:
        found = each["predictions"] or {}
        if "mean" in found:
            ends = found["quantiles"] or {"0.1": found["mean"], "0.9": found["mean"]}
            time = _time(each["time"])
            points.append(Point(time, found["mean"], ends["0.1"], ends["0.9"], each["version"]))
    if not points:
        return None
    points.sort(key=lambda point: point.time)
    name = words("health.predictions.mean")
    return {
        "chart": over_time(words, points, words("health.predictions.numbers"), name),
        "heads": [words(f"health.predictions.{key}") for key in ("mean", "low", "middle", "high")],
        "rows": tables.of_predictions(words, entries),
        "note": words("health.predictions.numbers.note"),
    }


def _domain(words: Language, entries: Sequence[HealthEntry]) -> Markup | None:
    points = [
        Point(_time(each["time"]), known["auc"], known["low"], known["high"], each["version"])
        for each in entries[::-1]
        if each["drift"] and (known := each["drift"]["domain"])
    ]
    title, name = words("health.domain.chart"), words("health.domain.axis")
    return over_time(words, points[-MOST_POINTS:], title, name, 0.5)
