"""Every setting of the stack: change it in ``cdk.json``'s context or by ``-c key=value``."""

import difflib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from infra.network_settings import NetworkSettings
from infra.oversight_settings import OversightSettings
from infra.spark_settings import SparkSettings
from lambdas.shared.settings.conditions import FORMER_CONDITIONS, with_conditions
from lambdas.shared.settings.jobs import InstanceTypes, TuneJobs
from lambdas.shared.settings.schedules import ScheduleFields
from training.algorithms import DEFAULT_ALGORITHM, AlgorithmName

LogRetention = Literal[
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3653,
]  # CloudWatch Logs accepts only these


# Settings of a dataset whose default is a setting of the stack, and that one's name.
DATASET_DEFAULTS = {
    "algorithm": "algorithm",
    "language": "language",
    "processing_instance_type": "processing_instance_type",
    "spark_from_gb": "spark_from_gb",
    "training_instance_types": "training_instance_types",
    "volume_size_gb": "training_volume_size_gb",
    "max_runtime_seconds": "training_max_runtime_seconds",
    "endpoint_instance_types": "endpoint_instance_types",
    "serve_instance_types": "serve_instance_types",
    "transform_instance_types": "transform_instance_types",
    "transform_instances": "transform_instances",
    "spot": "spot",
    "tune": "tune",
    "max_cost_usd": "max_cost_usd",
    "max_hours": "max_hours",
    "max_unpacked_mb": "max_unpacked_mb",
    "max_unpack_ratio": "max_unpack_ratio",
    "endpoint_kind": "endpoint_kind",
    "endpoint_memory_mb": "endpoint_memory_mb",
    "endpoint_max_concurrency": "endpoint_max_concurrency",
    "capture_percent": "capture_percent",
}
_LEAST_RUNTIME = 3600  # of training jobs sized by their data: lambdas/preprocess/budget.py


class StackSchedule(ScheduleFields):
    """A dataset's schedule, made by the stack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _by_present_names(cls, values: Any) -> Any:
        """Take former names, as settings files may have them."""
        if not isinstance(values, Mapping) or "retrain_when" in values:
            return values
        return {
            "retrain_when" if name in FORMER_CONDITIONS else name: value
            for name, value in with_conditions(values).items()
        }

    @model_validator(mode="after")
    def _has_a_schedule(self) -> Self:
        problems = list(map(str, self.schedule_contradictions()))
        if self.schedule is None:
            problems = ["“schedule” is missing", *problems]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class SettingsError(ValueError):
    """A setting of the stack is unknown or unusable; the message lists every one."""


class Settings(NetworkSettings, OversightSettings, SparkSettings):
    """Settings of the stack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack_name: str = Field(
        default="Molino",
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$",
        description="Name of the CloudFormation stack.",
    )
    tags: dict[str, str] = Field(
        default={"project": "molino"},
        description="Tags of every resource, including those created by executions.",
    )
    removal_policy: Literal["retain", "destroy"] = Field(
        default="retain",
        description="What `make destroy` does to the bucket with its objects, the key, the logs "
        "and the model registry.",
    )
    assets_key_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$",
        description="Key of the CDK's asset bucket, if the account was bootstrapped with a "
        "key of its own: jobs decrypt their code with it.",
    )
    log_retention_days: LogRetention = Field(
        default=90,
        description="Days for which the logs of Lambdas and of the state machine are kept.",
    )
    noncurrent_version_days: int = Field(
        default=90, ge=1, description="Days for which a replaced or deleted object can be restored."
    )
    notification_email: str | None = Field(
        default=None,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="Address notified of every result; it confirms the subscription by mail.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Level of the Lambdas' structured logs."
    )

    # A new AWS account grants a Lambda at most 3008 MB.
    preprocess_memory_mb: int = Field(
        default=3008,
        ge=512,
        le=10240,
        description="Memory of preprocess; DuckDB's limit is derived from it.",
    )
    preprocess_storage_mb: int = Field(
        default=10240,
        ge=512,
        le=10240,
        description="Disk in /tmp of preprocess: the CSV and its splits.",
    )
    preprocess_upload_limit_mb: int = Field(
        default=1024,
        ge=0,
        le=3072,
        description="Larger files are read in a SageMaker processing job, and predictions of them "
        "joined in another, as a Lambda's time and disk are limited.",
    )
    max_unpacked_mb: int = Field(
        default=4096,
        ge=1,
        le=1_048_576,
        description="Largest size of an archive once unpacked; a dataset can lower it, not raise "
        "it.",
    )
    max_unpack_ratio: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="How many times its size an archive may unpack to; a dataset can lower it, "
        "not raise it.",
    )
    processing_instance_type: str = Field(
        default="ml.m5.xlarge", pattern=r"^ml\.", description="Instance type of processing jobs."
    )
    processing_max_runtime_seconds: int = Field(
        default=21_600,
        ge=60,
        le=432_000,
        description="A processing job that runs longer is stopped.",
    )
    evaluate_memory_mb: int = Field(
        default=2048,
        ge=512,
        le=10240,
        description="Memory of evaluate and measure: predictions of the rows, and open requests.",
    )
    evaluate_passes: int = Field(
        default=12,
        ge=1,
        le=100,
        description="How many Lambdas may follow one another until an endpoint has answered "
        "all test rows.",
    )
    memory_mb: int = Field(
        default=512, ge=256, le=10240, description="Memory of the other Lambdas."
    )
    long_timeout_seconds: int = Field(
        default=900, ge=60, le=900, description="Time limit of preprocess and evaluate."
    )
    timeout_seconds: int = Field(
        default=60, ge=10, le=900, description="Time limit of trigger, teardown and report."
    )
    janitor_rate: str = Field(
        default="15 minutes",
        pattern=r"^(1 (minute|hour|day)|[0-9]+ (minutes|hours))$",
        description="Time between two checks for resources that executions left; a day at most.",
    )
    janitor_age_minutes: int = Field(
        default=30,
        ge=1,
        description="The regular check ignores resources younger than this, and those of "
        "running executions.",
    )

    endpoint_limit_minutes: int = Field(
        default=360,
        ge=1,
        le=10_080,
        description="An alarm fires for an endpoint that exists for longer; champions' "
        "endpoints do not count.",
    )

    executions_at_once: int = Field(
        default=4,
        ge=1,
        le=1000,
        description="Executions that train, and as many that predict, at the same time; others "
        "wait. Stay within the account's SageMaker quotas for training jobs, transform jobs and "
        "endpoints.",
    )
    waiting_uploads: Literal["all", "newest"] = Field(
        default="all",
        description="Which waiting uploads of a dataset are processed: all in order, or only "
        "the newest.",
    )
    turn_wait_limit_seconds: int = Field(
        default=1_209_600,  # two weeks
        ge=3600,
        le=15_000_000,
        description="Longest wait of an execution in the queue.",
    )

    algorithm: AlgorithmName = Field(
        default=DEFAULT_ALGORITHM, description="Algorithm of datasets that do not name one."
    )
    training_instance_types: InstanceTypes = Field(
        default=("ml.m5.large",),
        description="Instance types of training jobs: the next is tried when AWS has no capacity "
        "or the account no quota for one.",
    )
    training_volume_size_gb: int | None = Field(
        default=None,
        ge=1,
        le=16384,
        description="Disk of a training job's instance; sized by the data if not set.",
    )
    training_max_runtime_seconds: int | None = Field(
        default=None,
        ge=60,
        le=432_000,
        description="A training job that runs longer is stopped; sized by the data if not set.",
    )
    spot: bool = Field(
        default=False,
        description="Train on spare capacity, which is cheaper and may be interrupted.",
    )
    tune: TuneJobs = Field(
        default=0, description="Training jobs that search for better hyperparameters; 0 is none."
    )
    max_cost_usd: float | None = Field(
        default=None,
        gt=0,
        description="A run that could cost more is refused; a dataset can lower it, not raise it.",
    )
    max_hours: float | None = Field(
        default=None,
        gt=0,
        description="A run that could take longer is refused; a dataset can lower it, not raise "
        "it.",
    )
    training_wait_limit_seconds: int = Field(
        default=518_400,  # SageMaker's longest run and a day of waiting for an instance
        ge=120,
        le=2_592_000,
        description="Longest wait for a training job or for a whole tuning job, including pending.",
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
    transform_wait_limit_seconds: int = Field(
        default=43_200,
        ge=120,
        le=2_592_000,
        description="A batch transform job that has not ended by then, pending included, is "
        "stopped.",
    )
    capacity_attempts: int = Field(
        default=4,
        ge=1,
        le=20,
        description="How often all instance types are tried while AWS has no capacity.",
    )
    capacity_wait_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="Wait before the next try when AWS has no capacity.",
    )
    endpoint_instance_types: InstanceTypes = Field(
        default=("ml.m5.large",),
        description="Instance types of the evaluated endpoint, in the order they are tried.",
    )
    serve_instance_types: InstanceTypes = Field(
        default=("ml.c5.large", "ml.c5.xlarge"),
        description="Instance types of endpoints that serve champions, in the order they are "
        "tried; only where a dataset asks for instances.",
    )
    language: Literal["en", "es"] = Field(
        default="en", description="Language of reports and notifications: English or Spanish."
    )
    endpoint_kind: Literal["instance", "serverless"] = Field(
        default="instance",
        description="What the evaluated endpoint runs on. Serverless endpoints cost nothing while "
        "idle, but AWS gives them neither network isolation nor data capture.",
    )
    endpoint_memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(
        default=2048, description="Memory of a serverless endpoint."
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
        "serverless ones, only what serves a champion does.",
    )
    endpoint_wait_seconds: int = Field(
        default=15,
        ge=1,
        le=300,
        description="Wait between two checks of an endpoint being created.",
    )
    endpoint_wait_limit_seconds: int = Field(
        default=1800,
        ge=60,
        le=86_400,
        description="An endpoint that is not in service by then is given up.",
    )

    approval_hours: int = Field(
        default=72,
        ge=1,
        le=168,
        description="Hours that a person has to approve a champion, if a dataset requires "
        "approval.",
    )

    schedules: dict[Annotated[str, StringConstraints(pattern=r"^[^/]+$")], StackSchedule] = Field(
        default={},
        description='[Schedules](schedules-and-bursts.md) by dataset, such as `{"heart": '
        '{"schedule": "rate(7 days)"}}`; '
        "one in a dataset's own file takes precedence.",
    )

    @field_validator("tags", "schedules", mode="before")
    @classmethod
    def _object_of_the_command_line(cls, value: object) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError:
            raise ValueError("""give a JSON object, as in -c tags='{"team": "ward 3"}'""") from None

    @field_validator("log_retention_days", "endpoint_memory_mb", mode="before")
    @classmethod
    def _number_of_the_command_line(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @model_validator(mode="after")
    def _the_wait_covers_the_run(self) -> Self:
        if self.training_wait_limit_seconds <= (
            self.training_max_runtime_seconds or _LEAST_RUNTIME
        ):
            raise ValueError(
                "training_wait_limit_seconds must exceed training_max_runtime_seconds, "
                "or a training job would be given up while it runs"
            )
        return self

    @field_validator("janitor_rate")
    @classmethod
    def _looks_every_day(cls, value: str) -> str:
        if not 60 <= _seconds(value) <= 86_400:
            raise ValueError("give a minute at least and a day at most")
        return value

    @model_validator(mode="after")
    def _serverless_endpoints_have_no_network(self) -> Self:
        if self.endpoint_kind == "serverless" and self.subnet_ids:
            raise ValueError("subnet_ids must be empty: serverless endpoints can be in no VPC")
        return self

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the settings from the CDK's context; the CDK's own keys are skipped.

        Raises
        ------
        SettingsError
            With every unknown key (and the nearest known one) and every unusable value.
        """
        ours = {key: value for key, value in context.items() if not _is_cdks(key)}
        problems = [_unknown(key, list(cls.model_fields)) for key in ours.keys() - cls.model_fields]
        try:
            settings = cls.model_validate({k: v for k, v in ours.items() if k in cls.model_fields})
        except ValidationError as error:
            problems += [_unusable(found) for found in error.errors()]
        if problems:
            raise SettingsError("; ".join(sorted(problems)))
        return settings

    @property
    def janitor_seconds(self) -> int:
        """`janitor_rate` in seconds."""
        return _seconds(self.janitor_rate)

    @property
    def dataset_defaults(self) -> dict[str, Any]:
        """The settings that a dataset may override, as the Lambdas read them."""
        return {name: getattr(self, ours) for name, ours in DATASET_DEFAULTS.items()}

    @property
    def dataset_defaults_json(self) -> str:
        """`dataset_defaults` as the Lambdas' environment carries it."""
        return json.dumps(self.dataset_defaults, sort_keys=True)


def _seconds(rate: str) -> int:
    number, unit = rate.split()
    return int(number) * {"minute": 60, "hour": 3600, "day": 86_400}[unit.removesuffix("s")]


def _is_cdks(key: str) -> bool:
    # Feature flags ("@aws-cdk/…"), "aws:cdk:…", look-ups ("availability-zones:…"), the CLI's own.
    return not key.replace("_", "").isalnum()


def _unknown(key: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"{key}: no such setting{hint}"


def _unusable(found: Any) -> str:
    name = ".".join(map(str, found["loc"]))
    if found["type"] == "extra_forbidden":  # within a setting
        return _unknown(
            name, [f"{name.rpartition('.')[0]}.{key}" for key in StackSchedule.model_fields]
        )
    message = found["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
