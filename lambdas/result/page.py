"""The page beside the predictions: what was predicted, by which model, and what was unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.report import contents, quality
from lambdas.report.language import Language
from lambdas.report.page import style, template
from lambdas.result.measured import table
from lambdas.result.spread import spread
from lambdas.shared.contracts.teardown import TornDown
from lambdas.shared.documents.contents import Distribution


@dataclass(frozen=True)
class StoredPrediction:
    """What earlier steps stored, as far as they got; empty where there is none.

    Parameters
    ----------
    findings : sequence of mapping
        What was found in the rows.
    distribution : mapping or None
        How the predictions are spread; None without any.
    profile, metrics : mapping
        Of the model: what it was trained on, and how well it answered its test rows.
    measured : mapping
        How well it answered these rows, where the target is known.
    """

    findings: Sequence[Mapping[str, Any]]
    distribution: Distribution | None
    profile: Mapping[str, Any]
    metrics: Mapping[str, Any]
    measured: Mapping[str, Any] = field(default_factory=dict)


def render(
    document: Mapping[str, Any],
    stored: StoredPrediction,
    teardown: TornDown | None,
    links: Sequence[tuple[str, str]],
    words: Language,
) -> str:
    """Return the page's HTML.

    Parameters
    ----------
    document : mapping
        Content of ``result.json``.
    links : sequence of tuple of str
        Names and addresses in AWS's console.
    """
    deleted, alarm = contents.teardown(words, teardown)
    predicted = _predicted(words, document, stored)
    model = _model(words, document, stored.metrics)
    total, rows = document["seconds"].get("total"), document["rows"]
    measured = table(words, stored.measured, stored.metrics) if stored.measured else []
    unusual = contents.findings(words, stored.findings)
    succeeded = document["status"] == "SUCCEEDED"
    parts = {
        "predicted": predicted,
        "measured": measured,
        "unusual": unusual or succeeded,
        "model": model,
        "cost": True,
        "run": True,
    }
    return template("result/page.html").render(
        t=words,
        style=style(),
        title=words("predicted.title", dataset=document["dataset"]),
        succeeded=succeeded,
        error=document["error"],
        message=document["said"]["summary"],
        rows=rows and words.whole(rows),
        predicted=predicted,
        measured=measured,
        differs=any(row["figures"][-1][0] for row in measured),
        how_good=document["said"]["how_good"],
        charts=quality.drawings(words, stored.measured) if stored.measured else [],
        model=model,
        sections=[name for name, part in parts.items() if part],
        findings=unusual,
        cost=contents.cost(words, document["cost"]),
        total_seconds=None if total is None else words.whole(total),
        teardown=deleted,
        alarm=alarm,
        times=contents.times(words, document),
        lineage=_lineage(words, document),
        links=links,
    )


def _predicted(
    words: Language, document: Mapping[str, Any], stored: StoredPrediction
) -> dict[str, Any] | None:
    uri = document["predictions_uri"]
    if not uri:
        return None
    distribution: Mapping[str, Any] = stored.distribution or {}
    shown = spread(words, document["rows"], distribution, stored.profile, stored.metrics)
    nothing = dict.fromkeys(("few", "classes", "numbers", "charts"))
    return {"file": uri.rpartition("/")[2], **nothing, **shown}


def _model(
    words: Language, document: Mapping[str, Any], metrics: Mapping[str, Any]
) -> dict[str, Any] | None:
    found = document["model"]
    if not found:
        return None
    date = found["created"][:10]
    rows = words("amount.rows", count=metrics["rows"]) if metrics else ""
    about = [
        (words("predicted.model.version"), words.whole(found["version"])),
        (words("predicted.model.trained"), date),
        (words("predicted.model.run"), found["run"]),
    ]
    return {
        "version": words("predicted.version", version=words.whole(found["version"])),
        "trained": date,
        "about": about,
        "metrics": quality.figures(words, metrics) if metrics else None,
        "caption": words("predicted.metrics", rows=rows, date=date),
        "note": words("predicted.metrics.note", target=document["target"]),
    }


def _lineage(words: Language, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where everything comes from and where it is."""
    upload, model = document["upload"], document["model"] or {}
    measurement = document["measurement"] or {}
    rows = (
        ("data.upload", f"s3://{upload['bucket']}/{upload['key']}"),
        ("run.version_id", upload["version_id"] or words("run.none")),
        ("run.predictions", document["predictions_uri"]),
        ("predicted.result.metrics", measurement.get("metrics_uri")),
        ("predicted.result", document["result_uri"]),
        ("run.package", model.get("package_arn")),
        ("predicted.training_report", model.get("report_uri")),
        ("run.execution", document["execution_arn"]),
    )
    return [(words(key), str(value)) for key, value in rows if value]
