"""From rows to predict to predictions, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lambdas.shared.contracts.contract import Contract, Task
from lambdas.shared.contracts.preprocess import ProcessingRequest
from lambdas.shared.contracts.report import Execution, ProcessingJob, TaskFailure, Time, Upload
from lambdas.shared.contracts.teardown import TornDown
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import RunPaths, dataset_of

Output = Literal["csv", "parquet"]


class PredictEvent(Contract):
    """One version of one upload, and the execution it belongs to.

    ``after_job`` says that a processing job has read the rows.
    """

    execution_name: str
    bucket: str
    key: str
    version_id: str = ""
    after_job: bool = False


class RowsHandedOver(Contract):
    """A large file of rows, of which nothing but the size is known."""

    dataset: str
    resource_name: str
    job: ProcessingRequest


class ChosenModel(Contract):
    """A version in the registry, and its model's environment.

    Parameters
    ----------
    run : str
        Name of the execution that has trained it.
    created : str
        When it was registered; ISO 8601.
    data_uri, report_uri : str
        The folders of its data and of its report; empty if the version does not name them.
    """

    package_arn: str
    version: int
    environment: dict[str, str]
    run: str
    created: str
    data_uri: str
    report_uri: str


class KnownTargets(Contract):
    """The column to predict where the file has it: a row each, none where it does not count.

    Parameters
    ----------
    rows : int
        That have one.
    is_seen : bool or None
        Whether many are rows that the model was trained on; None where that is not known.
    """

    uri: str
    rows: int
    is_seen: bool | None


class PreparedRows(Contract):
    """Rows that are ready for the model; no cell's value.

    Parameters
    ----------
    rows_uri, content_type, accept : str
        The folder of the rows in the model's columns, how they are written, and what is asked.
    parts, instances : int
        The files in it, and how many instances are to answer them.
    explain : bool
        Whether reasons are asked for.
    endpoint_name : str or None
        A kept endpoint that is to answer, instead of a job.
    must_ask : bool
        Whether nothing else may answer.
    own_uri : str
        The upload's own columns as they were.
    columns : tuple of str
        Their names as in the file.
    output_uri : str
        The folder of the job's answers.
    predictions_uri : str
        Where the predictions go.
    upload_bytes : int
        Size of the file that was read.
    targets : KnownTargets or None
        None where predictions cannot be measured.
    """

    dataset: str
    resource_name: str
    language: str
    model: ChosenModel
    task: Task
    target: str
    rows: int
    columns: int
    rows_uri: str
    parts: int
    instances: int
    content_type: str
    accept: str
    own_uri: str
    output_uri: str
    predictions_uri: str
    instance_types: list[str]
    processing_instance_type: str
    upload_bytes: int
    raw: bool
    explain: bool
    output: Output
    targets: KnownTargets | None = None
    endpoint_name: str | None = None
    must_ask: bool = False

    @property
    def part_uris(self) -> list[str]:
        """Addresses of the files of rows, in their order."""
        return [f"{self.rows_uri}{number:05}" for number in range(self.parts)]


class AskEvent(Contract):
    """The prepared rows, and the folder for the endpoint's answers."""

    prepared: PreparedRows
    answers_uri: str


class AskedEndpoint(Contract):
    """What came of asking an endpoint.

    Parameters
    ----------
    answers_uri : str or None
        The folder of its answers; None if it has not answered all rows.
    memory_mb : int or None
        Of a serverless endpoint.
    answering_seconds : float
        Sum of the requests' times.
    wording : mapping or None
        Why it has not answered, as a message in JSON's types.
    error : str or None
        What the function that asks it failed with, if it failed.
    """

    endpoint_name: str
    answers_uri: str | None = None
    memory_mb: int | None = None
    answering_seconds: float = 0.0
    wording: Mapping[str, Any] | None = None
    error: str | None = None

    @property
    def problem(self) -> Message | None:
        """Why it has not answered, as a clause; None if it has."""
        if self.answers_uri is not None:
            return None
        if self.wording is not None:
            return Message.from_json(self.wording)
        return Message("the function that asks it ended with {error}", error=str(self.error))


class JoinEvent(Contract):
    """The prepared rows, and the folder of the job's answers.

    ``after_job`` says that a processing job has joined them.
    """

    prepared: PreparedRows
    answers_uri: str
    after_job: bool = False


class JoinHandedOver(Contract):
    """Rows and answers that are too many for a Lambda."""

    job: ProcessingRequest


class JoinedPredictions(Contract):
    """How many rows are predicted, and the columns that were added.

    Parameters
    ----------
    measured_uri : str or None
        The rows of which the target is known, with what was predicted; of very many a part.
    measured : int
        How many these are.
    """

    rows: int
    added: list[str]
    measured_uri: str | None = None
    measured: int = 0


class MeasureEvent(Contract):
    """Predictions of which the target is known, and the model that made them."""

    prepared: PreparedRows
    joined: JoinedPredictions


class Measurement(Contract):
    """How good the predictions are, by figures without any value of the data.

    Parameters
    ----------
    registered : dict of str
        The model's figures of its test rows.
    differences : dict of str
        ``value`` (here less there), ``low`` and ``high`` of each metric.
    judged_by : str or None
        The metric by which they are compared with the test rows; None if they can't be.
    verdict : str
        ``same``, ``better``, ``worse``, ``seen`` or ``unknown``.
    """

    rows: int
    metrics: dict[str, float]
    registered: dict[str, float]
    differences: dict[str, Mapping[str, float]]
    judged_by: str | None
    verdict: Literal["same", "better", "worse", "seen", "unknown"]
    metrics_uri: str


class TransformJob(Contract):
    """The batch transform job, as far as it got."""

    job_name: str | None = None
    instance_type: str | None = None
    instances: int = 1
    answers_uri: str | None = None
    start: Time = None
    end: Time = None


class ResultEvent(Contract):
    """Everything known of an execution that predicts; None where it did not get that far."""

    execution: Execution
    upload: Upload
    language: str | None = None
    prepared: PreparedRows | RowsHandedOver | None = None
    asked: AskedEndpoint | None = None
    processing: tuple[ProcessingJob, ...] = ()
    transform: TransformJob | None = None
    joined: JoinedPredictions | None = None
    measurement: Measurement | TaskFailure | None = None
    teardown: TornDown | None = None
    failure: TaskFailure | None = None

    @property
    def paths(self) -> RunPaths:
        """Where the execution's results are; known even if nothing was read."""
        return RunPaths(self.upload.bucket, dataset_of(self.upload.key), self.execution.name)

    @property
    def rows(self) -> PreparedRows | None:
        """The rows, if they were read."""
        return self.prepared if isinstance(self.prepared, PreparedRows) else None
