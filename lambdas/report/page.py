"""The report as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from lambdas.report import contents, quality, threshold
from lambdas.report.groups import groups
from lambdas.report.language import Language
from lambdas.report.reasons import reasons
from lambdas.report.run_message import Ending
from lambdas.report.serving import examples
from lambdas.shared.contracts.teardown import TornDown
from lambdas.shared.findings.message import metric_name, visible

_LAMBDAS = Path(__file__).parent.parent


@dataclass(frozen=True)
class StoredRun:
    """What earlier steps stored, as far as they got; empty where there is none.

    Parameters
    ----------
    manifest, metrics, profile, decision : mapping
        Contents of ``manifest.json``, ``metrics.json``, ``profile.json`` and ``decision.json``.
    champion : mapping
        Content of the champion's ``metrics.json`` on the new test rows, if nothing was trained.
    """

    manifest: Mapping[str, Any]
    metrics: Mapping[str, Any]
    profile: Mapping[str, Any]
    decision: Mapping[str, Any]
    champion: Mapping[str, Any]


@cache
def template(name: str) -> Template:
    """Return a template; all that is filled in is escaped, and shows what else is not seen.

    Parameters
    ----------
    name : str
        Path below the folder of the Lambdas.
    """
    environment = Environment(
        loader=FileSystemLoader(_LAMBDAS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        finalize=_seen,
    )
    return environment.get_template(name)


def _seen(value: Any) -> Any:
    if isinstance(value, Markup):
        return Markup(visible(value))  # noqa: S704 - as safe as before: it adds letters and digits
    return visible(value) if isinstance(value, str) else value


@cache
def style() -> Markup:
    """Return the pages' style sheet."""
    return Markup((_LAMBDAS / "report" / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own


def render(
    document: Mapping[str, Any],
    stored: StoredRun,
    teardown: TornDown | None,
    links: Mapping[str, str],
    ending: Ending,
) -> str:
    """Return the page's HTML."""
    words = ending.words
    deleted, alarm = contents.teardown(words, teardown)
    parts = {
        **_quality(words, stored.metrics),
        "champion": quality.table(words, stored.champion),
        "decision": contents.decision(words, document["decision"]),
        "serving": examples(words, document, stored.manifest),
        "data": contents.data(words, document, stored.manifest),
    }
    total = document["seconds"].get("total")
    return template("report/template.html").render(
        t=words,
        style=style(),
        title=words("title", dataset=document["dataset"]),
        succeeded=document["status"] == "SUCCEEDED",
        error=document["error"],
        message=ending.message,
        served=ending.served,
        **parts,
        comparison=contents.comparison(words, stored.decision),
        compared_by=_metric_name(words, stored.decision.get("metric")),
        sections=[key for key in _SECTIONS if parts.get(key) or key in ("cost", "run")],
        findings=contents.findings(words, stored.manifest.get("findings") or []),
        columns=contents.profile(words, stored.profile),
        cost=contents.cost(words, document["cost"]),
        total_seconds=None if total is None else words.whole(total),
        teardown=deleted,
        alarm=alarm,
        times=contents.times(words, document),
        lineage=contents.lineage(words, document, stored.manifest),
        versions=_versions(words, document, stored.manifest),
        links=links,
    )


_SECTIONS = (
    *(
        "quality",
        "champion",
        "decision",
        "serving",
        "importance",
        "reasons",
        "groups",
        "data",
        "cost",
        "run",
    ),
)


def _quality(words: Language, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of the model's measurement, empty if there was none."""
    if not metrics:
        names = ("verdict", "headlines", "quality", "metrics", "classes", "importance", "groups")
        return dict.fromkeys((*names, "reasons"))
    important = metrics.get("importance") or {}
    shown = contents.importance(words, important)
    return {
        "verdict": quality.verdict(words, metrics),
        "headlines": quality.headlines(words, metrics),
        "quality": True,
        "metrics": quality.figures(words, metrics),
        "threshold": threshold.explained(words, metrics),
        "test_rows": words("amount.rows", count=metrics["rows"]),
        "undefined": [_metric_name(words, name) for name in metrics.get("undefined") or []],
        "charts": quality.drawings(words, metrics),
        "classes": quality.classes(words, metrics),
        "class_names": [words(f"metric.{name}") for name in quality.CLASS_FIGURES],
        "importance": shown,
        "importance_loss": words.say(metric_name(important.get("loss") or "")),
        "importance_note": _importance_note(words, important, len(shown)) if shown else "",
        "reasons": reasons(words, metrics),
        "groups": groups(words, metrics),
        "positive_class": metrics.get("positive_class"),
    }


def _metric_name(words: Language, name: str | None) -> str:
    return words(f"metric.{name}") if name and words.has(f"metric.{name}") else name or ""


def _importance_note(words: Language, found: Mapping[str, Any], shown: int) -> str:
    rows = words("amount.test_rows", count=found["rows"])
    note = words("importance.note", rows=rows, times=words("amount.times", count=found["repeats"]))
    every = len(found["features"])
    if shown == every:
        return note
    return f"{words('importance.more', shown=words.whole(shown), all=words.whole(every))} {note}"


def _versions(
    words: Language, document: Mapping[str, Any], manifest: Mapping[str, Any]
) -> list[tuple[str, str]]:
    rows = []
    if document["algorithm"]:
        rows.append((words("run.algorithm"), str(document["algorithm"])))
    if document["tuning"]:
        rows.append((words("run.tuning"), contents.tuning(words, document["tuning"])))
    found = manifest.get("versions") or {}
    return rows + [(words(f"version.{name}"), str(version)) for name, version in found.items()]
