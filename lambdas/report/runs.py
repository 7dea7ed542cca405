"""The list of a dataset's runs: ``runs.json`` and the page ``index.html`` made of it.

Runs of one dataset may end at the same time, so the list is only written over the one that was
read (S3's conditional writes); who comes second reads again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.report.events import ReportEvent
from lambdas.report.language import Language
from lambdas.report.page import style, template
from lambdas.report.starts import cost_usd
from lambdas.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_RUNS = 200
_ATTEMPTS = 8
_MAIN = ("roc_auc", "balanced_accuracy", "r2", "mae")
_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")


def list_run(
    client: S3Client,
    event: ReportEvent,
    document: Mapping[str, Any],
    now: dt.datetime,
    words: Language,
) -> None:
    """Add a run to its dataset's list, or renew its line, and write the page anew."""
    bucket, folder = event.upload.bucket, event.paths.report_prefix.rsplit("/", 1)[0]
    line = _line(event, document, now)
    for _ in range(_ATTEMPTS):
        runs, condition = _read(client, bucket, f"{folder}/runs.json")
        runs = [line, *(run for run in runs if run["name"] != line["name"])]
        runs = sorted(runs, key=lambda run: str(run["ended"]), reverse=True)[:MOST_RUNS]
        if _write(client, bucket, f"{folder}/runs.json", runs, condition):
            page = render_index(str(document["dataset"]), runs, words)
            client.put_object(
                Bucket=bucket,
                Key=f"{folder}/index.html",
                Body=page.encode("utf-8", "replace"),
                ContentType="text/html; charset=utf-8",
            )
            return
    # The run's own report stands: it must not fail for the list's sake.
    logger.warning("the list of runs was changed by others each time", extra={"folder": folder})


def render_index(dataset: str, runs: Sequence[Mapping[str, Any]], words: Language) -> str:
    """Return the HTML of the list."""
    rows = [
        {
            **run,
            "ended": str(run["ended"])[:16].replace("T", "\u00a0"),
            "cost": words.fixed(run["cost_usd"], 4),
            "figure": _figure(words, run),
            "why": _why(words, run),
        }
        for run in runs
    ]
    return template("index.html").render(
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
        "promoted": document["promoted"],
        "cost_usd": cost_usd(document),
    }


def _read(client: S3Client, bucket: str, key: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the runs, and the condition under which they may be written over."""
    try:
        found = client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return [], {"IfNoneMatch": "*"}
    return json.load(found["Body"])["runs"], {"IfMatch": found["ETag"]}


def _write(
    client: S3Client, bucket: str, key: str, runs: list[dict[str, Any]], condition: Any
) -> bool:
    """Return whether the list was written; not if someone else had changed it."""
    text = json.dumps({"schema_version": 1, "runs": runs}, ensure_ascii=False, indent=1) + "\n"
    try:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=text.encode("utf-8", "replace"),
            ContentType="application/json",
            **condition,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in _CONFLICTS:
            raise
        return False
    return True
