"""Let an execution begin, or wait until enough of those before it have ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.admission.turn import Running, find_turn
from lambdas.shared.aws import step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger


class AdmissionEvent(BaseModel):
    """The execution that asks."""

    execution_name: str
    state_machine_arn: str


@entry(AdmissionEvent)
def handler(event: AdmissionEvent) -> dict[str, Any]:
    """Return ``{"verdict": "GO" | "WAIT" | "REPLACED", "ahead": int, "wait_seconds": int}``."""
    turn = find_turn(
        event.execution_name,
        _running(event.state_machine_arn),
        int(os.environ["EXECUTIONS_AT_ONCE"]),
        only_newest=os.environ["WAITING_UPLOADS"] == "newest",
    )
    logger.info("turn", extra=asdict(turn))
    return asdict(turn)


def _running(state_machine_arn: str) -> Iterator[Running]:
    paginator = step_functions_client().get_paginator("list_executions")
    pages = paginator.paginate(
        stateMachineArn=state_machine_arn,
        statusFilter="RUNNING",
        PaginationConfig={"PageSize": 1000},
    )
    for page in pages:
        for found in page["executions"]:
            yield Running(found["startDate"], found["name"])
