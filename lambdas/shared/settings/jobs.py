"""A dataset's settings of machines, time, cost and tuning."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from lambdas.shared.findings.message import Message

YES, NO = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
TUNE_JOBS = 20  # what `tune: yes` means
MOST_INSTANCES = 20  # of a training job; quotas of new accounts are far below
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
Strategy = Literal["bayesian", "random", "hyperband", "grid"]


def _split(value: object) -> object:
    """Metadata and settings files hold single values: a list is written with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _number_of_jobs(value: object) -> object:
    word = str(value).strip().lower()
    return TUNE_JOBS if word in YES else 0 if word in NO else value


def _number_of_instances(value: object) -> object:
    return 0 if str(value).strip().lower() == "auto" else value


# 0 stands for `auto`.
InstanceCount = Annotated[
    int, BeforeValidator(_number_of_instances), Field(ge=0, le=MOST_INSTANCES)
]
InstanceTypes = Annotated[
    tuple[InstanceType, ...], BeforeValidator(_split), Field(min_length=1, max_length=10)
]
# At most what one page of ListTrainingJobsForHyperParameterTuningJob holds.
TuneJobs = Annotated[int, BeforeValidator(_number_of_jobs), Field(ge=0, le=100)]


class JobSettings(BaseModel):
    """Settings of the jobs and the endpoint; None leaves a figure to the data's size."""

    engine: Literal["auto", "duckdb", "spark"] = Field(
        default="auto",
        description="What reads the upload and splits its rows: DuckDB in one process, or Apache "
        "Spark [on many machines](preparing-data.md#beyond-one-machine), if the stack has it; "
        "with `auto`, Spark from `spark_from_gb` on.",
    )
    spark_from_gb: float = Field(
        default=100, gt=0, description="Size from which on Spark reads an upload."
    )
    processing_instance_type: InstanceType = Field(
        default="ml.m5.xlarge",
        description="Instance type of the processing jobs that large files need.",
    )
    training_instance_types: InstanceTypes = Field(
        default=("ml.m5.large",),
        description="Instance types of training jobs: the next is tried when AWS has no capacity "
        "or the account no quota for one.",
    )
    training_instance_count: InstanceCount = Field(
        default=1,
        description="[Instances of a training job](costs.md#several-instances): 1 to 20, each with "
        "a part of the rows, or auto: as many as their memory needs. Only xgboost trains on "
        "several; with other algorithms, auto is one.",
    )
    endpoint_instance_types: InstanceTypes = Field(
        default=("ml.m5.large",),
        description="Instance types of the evaluated endpoint, in the order they are tried.",
    )
    transform_instance_types: InstanceTypes = Field(
        default=("ml.m5.large",),
        description="Instance types of the batch transform jobs that predict new rows, in the "
        "order they are tried.",
    )
    transform_instances: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Most instances of a batch transform job: many rows go in files of five "
        "million cells, which so many instances share. Stay within the account's quota.",
    )
    endpoint_kind: Literal["instance", "serverless"] = Field(
        default="instance",
        description="What the evaluated endpoint runs on. A serverless one costs nothing while "
        "idle, but AWS gives it neither network isolation nor data capture.",
    )
    # The sizes AWS offers; settings arrive as text, so the choice is a rule, not a Literal.
    endpoint_memory_mb: int = Field(
        default=2048,
        ge=1024,
        le=6144,
        multiple_of=1024,
        description="Memory of a serverless endpoint.",
    )
    endpoint_max_concurrency: int = Field(
        default=5,
        ge=1,
        le=200,
        description="Requests that a serverless endpoint answers at the same time.",
    )
    capture_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Share of requests and answers that an endpoint stores under captures/; of "
        "serverless ones, only what serves the champion does. [What users ask it]"
        "(predictions.md#what-is-asked) is compared with the training data once a day.",
    )
    volume_size_gb: int | None = Field(
        default=None,
        ge=1,
        le=16384,
        description="Disk of a training job's instance; sized by the data if not set.",
    )
    max_runtime_seconds: int | None = Field(
        default=None,
        ge=60,
        le=432_000,
        description="A training job that runs longer is stopped; sized by the data if not set.",
    )
    spot: bool = Field(
        default=False,
        description="Train on spare capacity, which is cheaper and may be interrupted.",
    )
    max_wait_seconds: int | None = Field(
        default=None,
        ge=60,
        le=518_400,
        description="Longest time of a spot job including the wait for capacity; if not set, "
        "a day more than it may run.",
    )
    max_cost_usd: float | None = Field(
        default=None,
        gt=0,
        description="A run that could cost more is refused; the lowest of all places applies.",
    )
    max_hours: float | None = Field(
        default=None,
        gt=0,
        description="A run that could take longer is refused; the lowest of all places applies.",
    )
    tune: TuneJobs = Field(
        default=0,
        description="Training jobs that search for better hyperparameters: 2 to 100, yes (20) or "
        "no. The better of the tuned and the default model is kept.",
    )
    tune_strategy: Strategy = Field(default="bayesian", description="How tuning searches.")
    tune_parallel: int = Field(
        default=2, ge=1, le=10, description="Tuning jobs that run at the same time."
    )
    tune_ranges: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="Ranges that tuning searches, such as `max_depth=2..20, alpha=0.01..10 log, "
        "max_features=sqrt|log2`; if not set, in the ranges of [algorithms.md](algorithms.md).",
    )
    tune_metric: str | None = Field(
        default=None,
        min_length=1,
        description="Metric on rows held out in training that tuning improves; log_loss for "
        "classes and rmse for numbers if not set.",
    )
    tune_early_stopping: bool = Field(
        default=True, description="Whether tuning stops unpromising jobs early."
    )
    tune_max_runtime_seconds: int | None = Field(
        default=None,
        ge=120,
        le=432_000,
        description="Longest time of the whole tuning; sized by the jobs if not set.",
    )

    def job_contradictions(self) -> list[Message]:
        """Return a sentence for each pair of these settings that can't both hold."""
        problems = []
        if self.max_wait_seconds is not None and not self.spot:
            problems.append(Message("“max_wait_seconds” is set, but only “spot” jobs wait"))
        waits = self.max_wait_seconds, self.max_runtime_seconds
        if None not in waits and waits[0] < waits[1]:  # type: ignore[operator]
            text = Message("“max_wait_seconds” must not be less than “max_runtime_seconds”")
            problems.append(text)
        if self.tune == 1:
            problems.append(Message("“tune” must be no, yes, or from 2 to 100 jobs"))
        given: dict[str, Any] = self.model_dump(exclude_unset=True)
        if not self.tune:
            problems += [
                Message("“{name}” is set, but “tune” is not", name=name)
                for name in given
                if name.startswith("tune_")
            ]
        return problems
