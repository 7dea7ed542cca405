"""Sweep after executions that no teardown ended, at once by event and regularly by schedule."""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

from lambdas.janitor import notification
from lambdas.janitor.sweep import Swept, end, end_all, endpoint_ages, leftovers
from lambdas.report.language import Language, language_of_dataset
from lambdas.report.notification import execution_link, language_of_upload
from lambdas.shared.aws import sagemaker_client, step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.failures.messages import EXPLANATIONS
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.job_runs import job_runs
from lambdas.shared.observability import emit, emit_by, logger
from lambdas.shared.own_metrics import (
    ENDPOINTS_ALIVE,
    FAILURES,
    FAULTS,
    LEFTOVERS_FOUND,
    LEFTOVERS_REMAINING,
    OLDEST_ENDPOINT,
)
from lambdas.shared.topic import notify

# Errors under which the workflow itself lets an execution fail, after teardown and notification.
_REPORTED = EXPLANATIONS.keys() | {"ReportFailed"}


class Ended(BaseModel):
    """Step Functions' "Execution Status Change", as far as it matters here; empty by schedule."""

    execution_arn: str = Field(default="", alias="executionArn")
    name: str = ""
    status: str = ""
    error: str | None = None
    redrive_count: int = Field(default=0, alias="redriveCount")
    input: str | None = None  # of the execution; a large one is not passed on


class JanitorEvent(BaseModel):
    """An execution's end, or a scheduled check."""

    detail: Ended = Ended()
    older_than_minutes: int | None = Field(default=None, ge=0)


@entry(JanitorEvent, most_bytes=None)
def handler(event: JanitorEvent) -> dict[str, Any]:
    """Return ``{"deleted": [...], "remaining": [...]}``.

    What remains is reported, sets off an alarm by its metric, and is tried again by the next
    scheduled check. It is not a failure of the function: Lambda would retry that, and notify of the
    same end each time.
    """
    ended = event.detail
    if ended.status == "FAILED":
        emit_by(FAILURES, 1, kind_of(ended.error))
        emit(FAULTS, 1 if is_fault(ended.error) else 0)
    if ended.status == "FAILED" and ended.error in _REPORTED:
        return {"deleted": [], "remaining": []}
    swept = _after_execution(ended) if ended.name else _regular(event.older_than_minutes)
    emit(LEFTOVERS_FOUND, len(swept.deleted + swept.remaining))
    emit(LEFTOVERS_REMAINING, len(swept.remaining))
    logger.info("swept", extra={"deleted": swept.deleted, "remaining": swept.remaining})
    if ended.name:
        link = execution_link(ended.execution_arn)
        notify(
            "SWEPT", *notification.ended(_language(ended), ended.name, ended.status, swept, link)
        )
    elif swept.deleted or swept.remaining:
        notify("SWEPT", *notification.reaped(language_of_dataset(None), swept))
    return {"deleted": swept.deleted, "remaining": swept.remaining}


def _language(ended: Ended) -> Language:
    """Return the language of the execution's dataset, or the stack's for an input of no upload."""
    try:
        key = json.loads(ended.input or "")["key"]
    except (ValueError, LookupError, TypeError):
        return language_of_dataset(None)
    return language_of_upload(str(key))


def _after_execution(ended: Ended) -> Swept:
    """End what an execution has left, but nothing of a redrive that has begun since."""
    client, stack = sagemaker_client(), os.environ["STACK_NAME"]

    def is_over(name: str) -> bool:
        return name == ended.name and not _is_redriven(ended)

    runs = job_runs()
    return end_all(client, lambda: leftovers(client, stack, is_over, runs=runs))


def _is_redriven(ended: Ended) -> bool:
    found = step_functions_client().describe_execution(executionArn=ended.execution_arn)
    return found["redriveCount"] > ended.redrive_count


def _regular(older_than_minutes: int | None) -> Swept:
    minutes = older_than_minutes
    if minutes is None:
        minutes = int(os.environ["JANITOR_AGE_MINUTES"])
    client, before = sagemaker_client(), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    stack = os.environ["STACK_NAME"]
    swept = end(client, leftovers(client, stack, _is_over, before, job_runs()))
    _count_endpoints()
    return swept


def _count_endpoints() -> None:
    """Emit how many endpoints there are, and how old the oldest is."""
    ages = endpoint_ages(sagemaker_client(), os.environ["STACK_NAME"])
    emit(ENDPOINTS_ALIVE, len(ages))
    emit(OLDEST_ENDPOINT, max(ages, default=0))


def _is_over(execution: str) -> bool:
    """Return whether no state machine runs an execution; one that it has forgotten does not run."""
    return not any(
        _runs(machine, execution) for machine in os.environ["STATE_MACHINE_ARNS"].split()
    )


def _runs(machine_arn: str, execution: str) -> bool:
    client, machine = (
        step_functions_client(),
        machine_arn.replace(":stateMachine:", ":execution:", 1),
    )
    try:
        found = client.describe_execution(executionArn=f"{machine}:{execution}")
    except client.exceptions.ExecutionDoesNotExist:
        return False
    return found["status"] == "RUNNING"


# What the user who uploaded can fix; nobody else needs an alarm for it.
_UPLOADERS = {code for code, kind in KINDS.items() if kind.severity == "error"}


def is_fault(error: str | None) -> bool:
    """Return whether something other than the upload or its settings made an execution fail."""
    return error not in _UPLOADERS


def kind_of(error: str | None) -> str:
    """Return an error's name if it is one of ours or of Step Functions, else ``Other``.

    Each name is billed as a metric of its own, so strangers' names do not make new ones.
    """
    known = error in EXPLANATIONS or error == "ReportFailed" or str(error).startswith("States.")
    return str(error) if known else "Other"
