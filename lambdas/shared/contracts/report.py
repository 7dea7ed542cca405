"""All that is known of a run at its end, and what is reported of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.shared.contracts.contract import Contract
from lambdas.shared.contracts.decide import DecisionSummary, ServingProgress, TrainingReason
from lambdas.shared.contracts.evaluate import Evaluation
from lambdas.shared.contracts.preprocess import HandedOver, PreparedDataset
from lambdas.shared.contracts.teardown import TornDown
from lambdas.shared.names.paths import RunPaths, dataset_of

Time = str | int | float | None


class Execution(Contract):
    """The execution."""

    name: str
    arn: str
    start_time: Time = None


class Upload(Contract):
    """The upload: the execution's input.

    Parameters
    ----------
    reason : mapping or None
        Why a check has started the run: a `Message` as JSON.
    """

    bucket: str
    key: str
    version_id: str = ""
    reason: Mapping[str, Any] | None = None


class TrainingJob(Contract):
    """The training job whose model is measured, as far as it got.

    Parameters
    ----------
    billable_seconds : float or None
        Of each of its instances.
    """

    job_name: str | None = None
    billable_seconds: float | None = None
    status: str | None = None
    secondary_status: str | None = None
    model_uri: str | None = None
    instance_type: str | None = None
    instance_count: int = 1
    start: Time = None
    end: Time = None
    objective: float | None = None
    onnx: dict[str, float] | None = None  # see training.written_export; of jobs asked for it


class ProcessingJob(Contract):
    """A processing job that ended well: what it was paid for."""

    job_name: str | None = None
    instance_type: str | None = None
    volume_size_gb: int = 0
    start: Time = None
    end: Time = None


class SparkJob(Contract):
    """A Spark job that has ended, well or not: what EMR Serverless bills for it."""

    job_name: str | None = None
    state: str | None = None
    seconds: float | None = None
    vcpu_hours: float | None = None
    memory_gb_hours: float | None = None
    storage_gb_hours: float | None = None


class TuningJob(Contract):
    """A tuning job that came to a best: its objective and values, and what the defaults reached."""

    job_name: str
    jobs: int
    best: Mapping[str, Any]
    best_job: str
    values: dict[str, str]
    default: float | None = None


class EndpointTimes(Contract):
    """An endpoint, as far as it got."""

    name: str | None = None
    created: Time = None
    deleted: Time = None
    kind: str = "instance"
    instance_type: str | None = None
    memory_mb: int | None = None


class TaskFailure(Contract):
    """A state's failure as Step Functions gives it."""

    Error: str = ""
    Cause: str | None = None


class ReportEvent(Contract):
    """Everything known of a run; None where it did not get that far."""

    execution: Execution
    upload: Upload
    language: str | None = None
    preprocess: PreparedDataset | HandedOver | None = None
    processing: tuple[ProcessingJob, ...] = ()
    spark: tuple[SparkJob, ...] = ()
    training: TrainingJob | None = None
    tuning: TuningJob | None = None
    endpoints: tuple[EndpointTimes, ...] = ()
    evaluation: Evaluation | None = None
    champion_version: int | None = None
    champion_evaluation: Evaluation | None = None
    reason: TrainingReason | None = None
    decision: DecisionSummary | None = None
    serving: ServingProgress | None = None
    teardown: TornDown | None = None
    failure: TaskFailure | None = None

    @property
    def paths(self) -> RunPaths:
        """Where the run's results are; known even if nothing was read."""
        return RunPaths(self.upload.bucket, dataset_of(self.upload.key), self.execution.name)

    @property
    def because(self) -> Mapping[str, Any] | None:
        """Why it trains, or why not, as a `Message` in JSON; None if no reason was asked for."""
        return self.upload.reason or (self.reason.wording if self.reason else None)

    @property
    def is_idle(self) -> bool:
        """Whether there was no reason to train."""
        return self.reason is not None and not self.reason.train

    @property
    def prepared(self) -> PreparedDataset | None:
        """What preprocess made of the upload, if it could be used."""
        return self.preprocess if isinstance(self.preprocess, PreparedDataset) else None


class Announcement(Contract):
    """An event for programs: ``docs/notifications.md``."""

    kind: str
    detail: Mapping[str, Any]


class ReportAnswer(Contract):
    """How the run ended, for people and for programs."""

    status: str
    error: str | None
    subject: str
    message: str
    announcements: list[Announcement]
    report_uri: str
    cost_usd: float | None
