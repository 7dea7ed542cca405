"""``result.json``: what came of rows to predict, for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report.cost import PREDICTION, Usage, estimate, with_starts
from lambdas.report.failures import Failure
from lambdas.report.language import Language, language
from lambdas.report.usage import between, of_processing, processing_seconds, since
from lambdas.result.measured import how_good
from lambdas.shared.contracts.predict import ChosenModel, Measurement, ResultEvent
from lambdas.shared.contracts.report import TaskFailure
from lambdas.shared.documents.document import PREDICTED
from lambdas.shared.findings.message import sentence
from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.names.paths import RunPaths

Found = Sequence[Mapping[str, Any]]


def build_document(
    event: ResultEvent, now: dt.datetime, found: Found, failure: Failure | None, words: Language
) -> dict[str, Any]:
    """Return the content of ``result.json``; without any cell's value.

    Parameters
    ----------
    event : ResultEvent
    now : datetime.datetime
    found : sequence of mapping
        Findings about the rows.
    failure : Failure or None
    words : Language
        The dataset's own, for what is otherwise in English.
    """
    prepared, joined = event.rows, event.joined
    known = _seconds(event, now)
    document: dict[str, Any] = {
        "status": "FAILED" if failure else "SUCCEEDED",
        "ended": now.isoformat(timespec="seconds"),
        "error": failure.code if failure else None,
        "message": message(event, found, failure, language(None)),
        "language": words.code,
        "said": {
            "message": message(event, found, failure, words),
            "summary": summary(event, failure, words),
            "how_good": how_good(words, event),
        },
        "execution_arn": event.execution.arn,
        "dataset": dataset_slug(event.paths.dataset),
        "task": prepared and prepared.task,
        "target": prepared and prepared.target,
        "model": prepared and _model(prepared.model),
        "predicted_by": _predicted_by(event),
        "rows": joined and joined.rows,
        "added": joined and joined.added,
        "predictions_uri": prepared.predictions_uri if prepared and joined else None,
        "report_uri": page_uri(event.paths),
        "result_uri": PREDICTED.uri(event.paths),
        "measurement": event.measurement and _measurement(event.measurement),
        "findings": [
            {name: each[name] for name in ("code", "severity", "column", "row", "message")}
            for each in found
        ],
        "cost": estimate(_usage(event, known)) | {"region": event.execution.arn.split(":")[3]},
        "seconds": known,
        "processing_jobs": len(event.processing),
        "upload": event.upload.model_dump(),
    }
    ranges = with_starts(document)
    document["cost"] |= {"with_starts": ranges and ranges.to_dict()}
    return document


def page_uri(paths: RunPaths) -> str:
    """Return the address of the page for people."""
    return f"{paths.uri(paths.prediction_prefix)}/report.html"


def _model(model: ChosenModel) -> dict[str, Any]:
    page = f"{model.report_uri}/report.html" if model.report_uri else None
    known = model.model_dump(include={"version", "package_arn", "run", "created"})
    return known | {"report_uri": page}


def _measurement(found: Measurement | TaskFailure) -> dict[str, Any]:
    """Return the figures, or the class of the failure: its text may quote anything."""
    if isinstance(found, Measurement):
        return {"error": None, **found.model_dump()}
    return {"error": found.Error}


def message(event: ResultEvent, found: Found, failure: Failure | None, words: Language) -> str:
    """Return what came of it: how many rows are predicted and what was unusual, or what failed."""
    told = {"RowsSeen"} if getattr(event.measurement, "verdict", None) == "seen" else set()
    unusual = [
        each
        for each in found
        if each["severity"] == "warning" and each["code"] not in told and not failure
    ]
    said = (sentence(words.say(each["wording"])) for each in unusual)
    return " ".join([summary(event, failure, words), *said])


def summary(event: ResultEvent, failure: Failure | None, words: Language) -> str:
    """Return how many rows are predicted, and how well where that is known; or what failed."""
    if failure:
        return failure.say(words)
    prepared, joined, answered = event.rows, event.joined, _predicted_by(event)
    by = tuple(answered.values()) if answered else None
    done = words(
        "prediction.done",
        count=joined.rows if joined else 0,
        target=prepared.target if prepared else None,
        version=prepared.model.version if prepared else None,
    )
    said_by = [words(f"prediction.by.{by[0]}", name=by[1])] if by else []
    return " ".join([done, *said_by, *how_good(words, event)])


def _predicted_by(event: ResultEvent) -> dict[str, str | None] | None:
    """Return what answered, and its name; None if nothing did."""
    if event.asked and event.asked.answers_uri:
        return {"kind": "endpoint", "name": event.asked.endpoint_name}
    return {"kind": "transform", "name": event.transform.job_name} if event.transform else None


def _seconds(event: ResultEvent, now: dt.datetime) -> dict[str, float]:
    job = event.transform
    known = {
        "processing": processing_seconds(event.processing),
        "answering": (event.asked.answering_seconds or None) if event.asked else None,
        "transform": between(job.start, job.end) if job else None,
        "total": since(event.execution.start_time, now),
    }
    return {name: value for name, value in known.items() if value is not None}


def _usage(event: ResultEvent, known: Mapping[str, float]) -> Usage:
    job, spent = event.transform, known.get("transform")
    return Usage(
        transform_seconds=spent * job.instances if job and spent is not None else None,
        transform_instance=job.instance_type if job else None,
        **of_processing(event.processing, known),
        serverless_mb=event.asked.memory_mb if event.asked else None,
        answering_seconds=event.asked.answering_seconds if event.asked else 0.0,
        assumed=PREDICTION,
    )
