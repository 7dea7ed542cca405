"""Let a failed execution fail under its error's name, unless somebody has redriven it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.shared.entry import entry
from lambdas.shared.errors import MolinoError


class OutcomeEvent(BaseModel):
    """How the execution ended, and whether it was redriven since."""

    error: str
    message: str
    redriven: bool


class _ComposedError(MolinoError):
    """A failure whose one detail is its whole message, composed where it was found."""

    def _message(self) -> str:
        return self.details[0]


@entry(OutcomeEvent)
def handler(event: OutcomeEvent) -> dict[str, Any]:
    """Return, so that a redriven execution goes on.

    Raises
    ------
    MolinoError
        Of a class called as the failure: Step Functions takes its name for the execution's error.
    """
    if not event.redriven:
        raise type(event.error, (_ComposedError,), {})(event.message)
    return {"redriven": True}
