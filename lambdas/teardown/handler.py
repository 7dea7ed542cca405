"""Delete what the execution left running; raise until nothing is left."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

from lambdas.shared.aws import sagemaker_client
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import TeardownIncomplete
from lambdas.shared.findings.message import verbatim
from lambdas.shared.observability import logger
from lambdas.teardown.resources import tear_down


class TeardownEvent(BaseModel):
    """Names of what may exist, and how many attempts there were before this one."""

    processing_job_name: str | None = None
    training_job_name: str | None = None
    tuning_job_name: str | None = None
    endpoint_name: str | None = None
    endpoint_config_name: str | None = None
    model_name: str | None = None
    retries: int = Field(default=0, ge=0)


@entry(TeardownEvent)
def handler(event: TeardownEvent) -> dict[str, Any]:
    """Return ``{"deleted": [...], "remaining": []}``.

    Raises
    ------
    TeardownIncomplete
        If anything remains, with the reason of each; a later retry finishes it.
    """
    names = {
        "processing job": event.processing_job_name,
        "training job": event.training_job_name,
        "tuning job": event.tuning_job_name,
        "endpoint": event.endpoint_name,
        "endpoint configuration": event.endpoint_config_name,
        "model": event.model_name,
    }
    outcome = tear_down(sagemaker_client(), names, event.retries)
    logger.info("teardown", extra={"deleted": outcome.deleted, "remaining": outcome.remaining})
    if outcome.remaining:
        raise TeardownIncomplete(*map(verbatim, outcome.remaining))
    return {"deleted": outcome.deleted, "remaining": []}
