"""The list of running executions, asked for rarely: AWS refuses all but a few a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.admission.turn import PAGE_SIZE, Running

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_FRESH_SECONDS = 10.0


@dataclass
class RunningExecutions:
    """What a function's process last saw of a state machine.

    A burst of uploads asks for as many turns at once; a process that answers several of them asks
    AWS once.

    Parameters
    ----------
    client : SFNClient
    clock : callable
        Returns seconds.
    """

    client: SFNClient
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[float, list[Running]]] = field(default_factory=dict)

    def recent(self, state_machine_arn: str) -> list[Running] | None:
        """Return what was listed in the last ten seconds, if anything was."""
        time_, listed = self._seen.get(state_machine_arn, (float("-inf"), []))
        return listed if self.clock() - time_ < _FRESH_SECONDS else None

    def now(self, state_machine_arn: str) -> list[Running]:
        """List them.

        Raises
        ------
        botocore.exceptions.ClientError
        """
        asked = self.clock()
        pages = self.client.get_paginator("list_executions").paginate(
            stateMachineArn=state_machine_arn,
            statusFilter="RUNNING",
            PaginationConfig={"PageSize": PAGE_SIZE},
        )
        listed = [
            Running(found["startDate"], found["name"])
            for page in pages
            for found in page["executions"]
        ]
        self._seen[state_machine_arn] = asked, listed
        return listed
