"""What an execution leaves behind is deleted, and the execution ends."""

from __future__ import annotations

from pydantic import Field

from lambdas.shared.contracts.contract import Contract


class TeardownEvent(Contract):
    """Names of what may exist, and how many attempts there were before this one."""

    processing_job_name: str | None = None
    spark_job_name: str | None = None
    training_job_name: str | None = None
    tuning_job_name: str | None = None
    transform_job_name: str | None = None
    endpoint_name: str | None = None
    endpoint_config_name: str | None = None
    model_name: str | None = None
    retries: int = Field(default=0, ge=0)


class TornDown(Contract):
    """What was deleted or stopped, and what was not."""

    deleted: tuple[str | None, ...] = ()
    remaining: tuple[str | None, ...] = ()


class OutcomeEvent(Contract):
    """How the execution ended, whether it was redriven since, and the token of its last state."""

    error: str
    message: str
    redriven: bool
    task_token: str


class OutcomeAnswer(Contract):
    """Whether the execution goes on."""

    redriven: bool
