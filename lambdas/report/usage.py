"""Times and amounts that follow from what the state machine knows of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report.cost import Usage
from lambdas.shared.contracts.report import (
    EndpointTimes,
    ProcessingJob,
    ReportEvent,
    SparkJob,
    Time,
    TrainingJob,
)


def timestamp(value: Time) -> dt.datetime | None:
    """Read a time as Step Functions passes it: ISO 8601, or seconds or milliseconds since 1970."""
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except ValueError:
        return dt.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    seconds = number / 1000 if number > 1e11 else number
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def seconds(event: ReportEvent, now: dt.datetime) -> dict[str, float]:
    """Return the known times: jobs (training's as billed), all endpoints, and the whole."""
    known: dict[str, float | None] = {
        "processing": processing_seconds(event.processing),
        "spark": _spark_seconds(event.spark),
        "training": _training_seconds(event.training),
        "endpoint": _hosted_seconds(event.endpoints, now),
        "total": since(event.execution.start_time, now),
    }
    return {name: value for name, value in known.items() if value is not None}


def processing_seconds(jobs: Sequence[ProcessingJob]) -> float | None:
    """Return the sum of the jobs' times; None if none is known."""
    spent = [between(job.start, job.end) for job in jobs]
    known = [each for each in spent if each is not None]
    return round(sum(known), 3) if known else None


def _spark_seconds(jobs: Sequence[SparkJob]) -> float | None:
    known = [job.seconds for job in jobs if job.seconds is not None]
    return round(sum(known), 3) if known else None


def _billed_for_spark(jobs: Sequence[SparkJob]) -> dict[str, float]:
    return {
        "vcpu_hour": sum(job.vcpu_hours or 0.0 for job in jobs),
        "memory_gb_hour": sum(job.memory_gb_hours or 0.0 for job in jobs),
        "storage_gb_hour": sum(job.storage_gb_hours or 0.0 for job in jobs),
    }


def of_processing(jobs: Sequence[ProcessingJob], known: Mapping[str, float]) -> dict[str, Any]:
    """Return what of `Usage` is about processing jobs: one type, the largest's disk."""
    return {
        "processing_seconds": known.get("processing"),
        "processing_instance": jobs[0].instance_type if jobs else None,
        "processing_volume_gb": max((job.volume_size_gb for job in jobs), default=0),
    }


def _training_seconds(training: TrainingJob | None) -> float | None:
    if training is None:
        return None
    if training.billable_seconds is not None:
        return training.billable_seconds
    return between(training.start, training.end)


def between(first: Time, last: Time) -> float | None:
    """Return the seconds between two times; None if one is not known."""
    start, end = timestamp(first), timestamp(last)
    return round((end - start).total_seconds(), 3) if start and end else None


def _hosted_seconds(endpoints: tuple[EndpointTimes, ...], now: dt.datetime) -> float | None:
    """Return the sum over the endpoints; one that is not deleted counts until now."""
    spent = [since(each.created, timestamp(each.deleted) or now) for each in endpoints]
    known = [seconds for seconds in spent if seconds is not None]
    return round(sum(known), 3) if known else None


def since(value: Time, now: dt.datetime) -> float | None:
    """Return the seconds since a time; None if it is not known."""
    start = timestamp(value)
    return round(max(0.0, (now - start).total_seconds()), 3) if start else None


def usage(event: ReportEvent, known: dict[str, float]) -> Usage:
    """Return what is billed."""
    asked = event.prepared.training if event.prepared else None
    training = event.training
    endpoint = event.endpoints[0] if event.endpoints else None  # all are of one kind
    trained = known.get("training")
    if training and trained is not None:
        trained *= training.instance_count
    evaluations = filter(None, (event.evaluation, event.champion_evaluation))
    is_serverless = endpoint is not None and endpoint.kind == "serverless"
    return Usage(
        training_seconds=trained,
        training_instance=training.instance_type if training else None,
        volume_gb=asked.volume_size_gb if asked else 0,
        **of_processing(event.processing, known),
        spark=_billed_for_spark(event.spark),
        endpoint_seconds=known.get("endpoint"),
        endpoint_instance=endpoint.instance_type if endpoint and not is_serverless else None,
        serverless_mb=endpoint.memory_mb if endpoint and is_serverless else None,
        answering_seconds=sum(each.answering_seconds for each in evaluations),
    )
