"""What functions announce to programs, on the account's default event bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lambdas.shared.aws import events_client
from lambdas.shared.failures.errors import UnexpectedError
from lambdas.shared.findings.message import Message


def announce(kind: str, detail: Mapping[str, Any]) -> None:
    """Send an event."""
    text = json.dumps(detail, ensure_ascii=False)
    answer = events_client().put_events(
        Entries=[{"Source": "molino", "DetailType": kind, "Detail": text}]
    )
    if answer["FailedEntryCount"]:
        raise UnexpectedError(Message("EventBridge did not accept an event"))
