"""The list of a dataset's runs: ``runs.json`` and the page ``index.html`` made of it.

Runs of one dataset may end at the same time, so the list is only written over the one that was
read (S3's conditional writes); who comes second reads again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.report.cost import cost_usd
from lambdas.report.language import Language
from lambdas.report.page import style, template
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.documents.bucket import HTML, change, put
from lambdas.shared.documents.contents import Runs
from lambdas.shared.documents.document import RUNS
from lambdas.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_RUNS = 200
_MAIN = ("roc_auc", "balanced_accuracy", "r2", "mae")


def list_run(
    client: S3Client,
    event: ReportEvent,
    document: Mapping[str, Any],
    now: dt.datetime,
    words: Language,
) -> None:
    """Add a run to its dataset's list, or renew its line, and write the page again."""
    folder = event.paths.report_uri.rpartition("/")[0]
    line = _line(event, document, now)

    def with_line(known: Runs | None) -> Runs:
        runs = [
            line,
            *(run for run in (known["runs"] if known else ()) if run["name"] != line["name"]),
        ]
        return {"runs": sorted(runs, key=lambda run: str(run["ended"]), reverse=True)[:MOST_RUNS]}

    found = change(client, RUNS, RUNS.below(folder), with_line)
    if found is None:
        # The run's own report stands: it must not fail for the list's sake.
        logger.warning("the list of runs was changed by others each time", extra={"folder": folder})
        return
    page = render_index(str(document["dataset"]), found["runs"], words)
    put(client, f"{folder}/index.html", page, HTML)


def render_index(dataset: str, runs: Sequence[Mapping[str, Any]], words: Language) -> str:
    """Return the HTML of the list."""
    rows = [
        {
            **run,
            "ended": str(run["ended"])[:16].replace("T", "\u00a0"),
            "cost": words.fixed(run["cost_usd"], 4),
            "figure": _figure(words, run),
            "why": _why(words, run),
            "is_idle": run["status"] == "SUCCEEDED" and run.get("trained") is False,
        }
        for run in runs
    ]
    return template("report/index.html").render(
        t=words,
        style=style(),
        title=words("index.title", dataset=dataset),
        runs=rows,
        most=words.whole(MOST_RUNS),
    )


def _why(words: Language, run: Mapping[str, Any]) -> str:
    """Return what the error of a failed run means, if it is one of ours."""
    explanation = words.explanations.get(run["error"] or "")
    return explanation.summary if explanation else ""


def _figure(words: Language, run: Mapping[str, Any]) -> str:
    name = run["metric"]
    if name is None:
        return ""
    return f"{words(f'metric.{name}')} {words.figures(run['value'], 3)}"


def _line(event: ReportEvent, document: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    metrics = document["metrics"] or {}
    main = next((name for name in _MAIN if name in metrics), None)
    return {
        "name": event.execution.name,
        "ended": now.isoformat(timespec="seconds"),
        "status": document["status"],
        "error": document["error"],
        "upload": event.upload.key,
        "metric": main,
        "value": None if main is None else metrics[main],
        "trained": document["trained"],
        "promoted": document["promoted"],
        "cost_usd": cost_usd(document),
    }
