"""Let an execution begin, or wait until enough of those before it have ended."""

from __future__ import annotations

import os
import random
from dataclasses import asdict
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from botocore.exceptions import ClientError

from lambdas.admission import notification
from lambdas.admission.listing import RunningExecutions
from lambdas.admission.turn import Running, Turn, find_turn, shortest_wait
from lambdas.report.notification import language_of_upload
from lambdas.shared.aws import unretried_step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import WAITING


class AdmissionEvent(BaseModel):
    """The execution that asks, its upload, and how often it has asked before in this try."""

    execution_name: str
    key: str
    state_machine_arn: str
    looks: int
    is_redriven: bool


@entry(AdmissionEvent)
def handler(event: AdmissionEvent) -> dict[str, Any]:
    """Return a `Turn` as a dictionary; with it, once it waits no more, the dataset's language.

    An execution that is replaced gets the words of its notification, too.
    AWS refusing the list for its rate is no failure: the execution looks again later.
    """
    # A burst of uploads looks for the first time at once; later looks are spread by their waits.
    turn = (_turn_from_recent(event) if event.looks == 0 else None) or _turn_from_now(event)
    if turn.ahead is not None:
        emit(WAITING, turn.ahead)
    logger.info("turn", extra=asdict(turn))
    return asdict(turn) | (_words(event, turn) if turn.verdict != "WAIT" else {})


def _words(event: AdmissionEvent, turn: Turn) -> dict[str, Any]:
    words = language_of_upload(event.key)
    found: dict[str, Any] = {"language": words.code}
    if turn.verdict == "REPLACED":
        found["notice"] = notification.replaced(words, event.execution_name, event.key)
    return found


def _turn_from_recent(event: AdmissionEvent) -> Turn | None:
    running = _executions().recent(event.state_machine_arn)
    if running is None:
        return None
    turn = _turn(event, running)
    # Who is not on an older list has no place on it: only that others fill the limit is certain.
    is_certain = turn.ahead or any(found.name == event.execution_name for found in running)
    return turn if is_certain else None


def _turn_from_now(event: AdmissionEvent) -> Turn:
    try:
        return _turn(event, _executions().now(event.state_machine_arn))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ThrottlingException":
            raise
        # Apart from each other, or all that were refused would be so again.
        wait = shortest_wait(event.looks) * random.uniform(1, 2)  # noqa: S311 - no secret
        return Turn("WAIT", None, round(wait))


def _turn(event: AdmissionEvent, running: list[Running]) -> Turn:
    return find_turn(
        event.execution_name,
        running,
        int(os.environ["EXECUTIONS_AT_ONCE"]),
        # Who redrives an execution asks for this upload, newer ones or not.
        only_newest=os.environ["WAITING_UPLOADS"] == "newest" and not event.is_redriven,
        looks=event.looks,
    )


@cache
def _executions() -> RunningExecutions:
    return RunningExecutions(unretried_step_functions_client())
