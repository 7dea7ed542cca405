"""Delete what the execution left running; raise until nothing is left."""

from __future__ import annotations

from lambdas.shared.aws import sagemaker_client
from lambdas.shared.contracts.teardown import TeardownEvent, TornDown
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import TeardownIncomplete
from lambdas.shared.findings.message import verbatim
from lambdas.shared.job_runs import job_runs
from lambdas.shared.observability import logger
from lambdas.teardown.resources import cancel, tear_down


@entry(TeardownEvent)
def handler(event: TeardownEvent) -> TornDown:
    """Return what was deleted.

    Raises
    ------
    TeardownIncomplete
        If anything remains, with the reason of each; a later retry finishes it.
    """
    names = {
        "processing job": event.processing_job_name,
        "training job": event.training_job_name,
        "tuning job": event.tuning_job_name,
        "transform job": event.transform_job_name,
        "endpoint": event.endpoint_name,
        "endpoint configuration": event.endpoint_config_name,
        "model": event.model_name,
    }
    outcome = tear_down(sagemaker_client(), names, event.retries)
    runs = job_runs()
    if runs and event.spark_job_name:
        cancel(runs, event.spark_job_name, outcome)
    logger.info("teardown", extra={"deleted": outcome.deleted, "remaining": outcome.remaining})
    if outcome.remaining:
        raise TeardownIncomplete(*map(verbatim, outcome.remaining))
    return TornDown(deleted=tuple(outcome.deleted))
