"""What the workflow hands to the report, and what follows from it alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.report.cost import Usage
from lambdas.shared.names.paths import RunPaths, dataset_of

Time = str | int | float | None


class Execution(BaseModel):
    """The execution."""

    name: str
    arn: str
    start_time: Time = None


class Uploaded(BaseModel):
    """The upload."""

    bucket: str
    key: str
    version_id: str = ""


class Training(BaseModel):
    """The training job, as far as it got."""

    job_name: str | None = None
    billable_seconds: float | None = None
    model_uri: str | None = None
    instance_type: str | None = None
    start: Time = None
    end: Time = None


class Processing(BaseModel):
    """The processing job that read a large upload."""

    job_name: str | None = None
    instance_type: str | None = None
    volume_size_gb: int = 0
    start: Time = None
    end: Time = None


class Tuning(BaseModel):
    """A tuning job that came to a best: its objective and values, and what the defaults reached."""

    job_name: str
    jobs: int
    best: dict[str, Any]
    best_job: str
    values: dict[str, str]
    default: float | None = None


class EndpointTimes(BaseModel):
    """An endpoint, as far as it got."""

    name: str | None = None
    created: Time = None
    deleted: Time = None
    kind: str = "instance"
    instance_type: str | None = None
    memory_mb: int | None = None


class ReportEvent(BaseModel):
    """Everything known of a run; None where it did not get that far."""

    execution: Execution
    upload: Uploaded
    language: str | None = None
    preprocess: dict[str, Any] | None = None
    processing: Processing | None = None
    training: Training | None = None
    tuning: Tuning | None = None
    endpoints: tuple[EndpointTimes, ...] = ()
    evaluation: dict[str, Any] | None = None
    champion_evaluation: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    serving: dict[str, Any] | None = None
    teardown: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None

    @property
    def paths(self) -> RunPaths:
        """Addresses of the run's results; known even if nothing was read."""
        return RunPaths(self.upload.bucket, dataset_of(self.upload.key), self.execution.name)


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
    job = event.processing
    known: dict[str, float | None] = {
        "processing": _between(job.start, job.end) if job else None,
        "training": _training_seconds(event.training),
        "endpoint": _hosted_seconds(event.endpoints, now),
        "total": _since(event.execution.start_time, now),
    }
    return {name: value for name, value in known.items() if value is not None}


def _training_seconds(training: Training | None) -> float | None:
    if training is None:
        return None
    if training.billable_seconds is not None:
        return training.billable_seconds
    return _between(training.start, training.end)


def _between(first: Time, last: Time) -> float | None:
    start, end = timestamp(first), timestamp(last)
    return round((end - start).total_seconds(), 3) if start and end else None


def _hosted_seconds(endpoints: tuple[EndpointTimes, ...], now: dt.datetime) -> float | None:
    """Return the sum over the endpoints; one that is not deleted counts until now."""
    spent = [_since(each.created, timestamp(each.deleted) or now) for each in endpoints]
    known = [seconds for seconds in spent if seconds is not None]
    return round(sum(known), 3) if known else None


def _since(value: Time, now: dt.datetime) -> float | None:
    start = timestamp(value)
    return round(max(0.0, (now - start).total_seconds()), 3) if start else None


def usage(event: ReportEvent, known: dict[str, float]) -> Usage:
    """Return what is billed."""
    asked = (event.preprocess or {}).get("training", {})
    training = event.training
    endpoint = event.endpoints[0] if event.endpoints else None  # all are of one kind
    evaluations = (event.evaluation or {}, event.champion_evaluation or {})
    is_serverless = endpoint is not None and endpoint.kind == "serverless"
    return Usage(
        training_seconds=known.get("training"),
        training_instance=training.instance_type if training else None,
        volume_gb=int(asked.get("volume_size_gb") or 0),
        processing_seconds=known.get("processing"),
        processing_instance=event.processing.instance_type if event.processing else None,
        processing_volume_gb=event.processing.volume_size_gb if event.processing else 0,
        endpoint_seconds=known.get("endpoint"),
        endpoint_instance=endpoint.instance_type if endpoint and not is_serverless else None,
        serverless_mb=endpoint.memory_mb if endpoint and is_serverless else None,
        answering_seconds=sum(each.get("answering_seconds", 0.0) for each in evaluations),
    )
