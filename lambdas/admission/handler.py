"""Let an execution begin, or wait until enough of those before it have ended."""

from __future__ import annotations

import os
import random
from dataclasses import asdict
from functools import cache

from botocore.exceptions import ClientError

from lambdas.admission import notification
from lambdas.admission.listing import RunningExecutions
from lambdas.admission.turn import Running, Turn, find_turn, shortest_wait
from lambdas.report.notification import language_of_upload
from lambdas.shared.aws import unretried_step_functions_client
from lambdas.shared.contracts.admission import AdmissionAnswer, AdmissionEvent
from lambdas.shared.entry import entry
from lambdas.shared.names.paths import PREDICT
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import WAITING


@entry(AdmissionEvent)
def handler(event: AdmissionEvent) -> AdmissionAnswer:
    """Return whether the execution may begin, and when it is to ask again.

    AWS refusing the list for its rate is not a failure: the execution checks again later.
    """
    # All of a burst check for the first time at once; later checks are spread by their waits.
    turn = (_turn_from_recent(event) if event.looks == 0 else None) or _turn_from_now(event)
    if turn.ahead is not None:
        emit(WAITING, turn.ahead)
    logger.info("turn", extra=asdict(turn))
    if turn.verdict == "WAIT":
        return AdmissionAnswer(**asdict(turn))
    words = language_of_upload(event.key)
    is_replaced = turn.verdict == "REPLACED"
    notice = notification.replaced(words, event.execution_name, event.key) if is_replaced else None
    return AdmissionAnswer(**asdict(turn), language=words.code, notice=notice)


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
        # Who redrives an execution asks for this upload, newer ones or not; new rows to predict
        # do not make others needless.
        only_newest=os.environ["WAITING_UPLOADS"] == "newest"
        and not event.is_redriven
        and not event.key.startswith(PREDICT),
        looks=event.looks,
    )


@cache
def _executions() -> RunningExecutions:
    return RunningExecutions(unretried_step_functions_client())
