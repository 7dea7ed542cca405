"""From an upload to splits, and what follows from the settings for all later steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import TypedDict  # typing's from Python 3.12 on

from lambdas.shared.contracts.contract import Contract, Task


class PreprocessEvent(Contract):
    """One version of one upload, and the execution it belongs to.

    ``after_job`` says that a processing job has done the work.
    """

    execution_name: str
    execution_arn: str
    bucket: str
    key: str
    version_id: str = ""
    after_job: bool = False


class ProcessingInput(Contract):
    """What lies in one of a processing job's folders: all under a prefix, or what is listed."""

    name: str
    uri: str
    type: Literal["S3Prefix", "ManifestFile"] = "S3Prefix"


class ProcessingRequest(Contract):
    """What the state machine needs to start a processing job.

    Parameters
    ----------
    program : str
        The step whose ``processing_job`` it runs.
    """

    program: Literal["preprocess", "predict", "join"]
    instance_type: str
    volume_size_gb: int
    inputs: tuple[ProcessingInput, ...]
    output_uri: str


class SparkRequest(Contract):
    """What the state machine needs to start a Spark job.

    Parameters
    ----------
    properties : dict
        Spark's, as far as they follow from the upload's size.
    max_runtime_minutes : int
        After which the job is cancelled.
    """

    order_uri: str
    output_uri: str
    properties: dict[str, str]
    max_runtime_minutes: int


class HandedOver(Contract):
    """A large upload, of which nothing but the size is known, and the job that is to read it."""

    dataset: str
    resource_name: str
    algorithm: str
    job: ProcessingRequest | None = None
    spark: SparkRequest | None = None


class DatasetUris(TypedDict):
    """Where the splits (folders) and their documents are; names of channels, so no model."""

    train: str
    validation: str
    test: str
    schema: str
    manifest: str
    profile: str


class GateRules(Contract):
    """What the gate judges by."""

    metric: str
    margin: float
    approval: str
    thresholds: dict[str, float]


class TrainingRequest(Contract):
    """What is asked of training jobs.

    Parameters
    ----------
    instance_count : int
    shards : bool
        Whether each instance gets some of the splits' files, not all.
    row_share : float
        Share of the rows that training takes.
    """

    instance_types: list[str]
    instance_count: int = 1
    shards: bool = False
    row_share: float = 1.0
    volume_size_gb: int
    max_runtime_seconds: int
    max_wait_seconds: int | None
    spot: bool
    checkpoint_uri: str
    hyperparameters: dict[str, str]
    exports: list[str]  # formats, and channels with what they need


class TuningRequest(Contract):
    """A tuning job's name without its try, and its ``HyperParameterTuningJobConfig``."""

    name: str
    config: Mapping[str, Any]


class EndpointRequest(Contract):
    """What is asked of endpoints."""

    kind: str
    instance_types: list[str]
    memory_mb: int
    max_concurrency: int
    capture_percent: int
    capture_uri: str


class ServeRequest(Contract):
    """What the champion is to answer from after the run.

    Parameters
    ----------
    kind : str
        ``serverless``, ``instance``, or ``none``: what serves is to end.
    minimum, maximum : int
        Machines; of a serverless endpoint the most requests at the same time.
    """

    kind: str
    minimum: int
    maximum: int
    instance_types: list[str]
    capture_uri: str


class PreparedDataset(Contract):
    """Names, figures and addresses of a usable upload; no cell's value."""

    dataset: str
    resource_name: str
    task: Task
    target: str
    target_rule: str
    algorithm: str
    rows: dict[str, int]
    features: int
    compare_by: list[str]
    uris: DatasetUris
    model_output_uri: str
    report_uri: str
    group: str
    gate: GateRules
    serve: ServeRequest | None
    language: str
    retrain_when: list[str]
    training: TrainingRequest
    tuning: TuningRequest | None
    endpoint: EndpointRequest
