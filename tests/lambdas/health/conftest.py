"""What is told, kept for the tests to read."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from lambdas.shared import bus, topic
from tests.lambdas.conftest import BUCKET


@dataclass
class Told:
    """Notifications and events, in their order."""

    notices: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    accepted: bool = True

    def publish(self, **notice: Any) -> None:
        """Stand in for SNS."""
        self.notices.append(notice)

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, int]:  # noqa: N803 - AWS's
        """Stand in for EventBridge."""
        self.events += [{**each, "Detail": json.loads(each["Detail"])} for each in Entries]
        return {"FailedEntryCount": 0 if self.accepted else 1}

    @property
    def statuses(self) -> list[str]:
        """Of the notifications."""
        return [each["MessageAttributes"]["status"]["StringValue"] for each in self.notices]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    found = Told()
    monkeypatch.setenv("BUCKET", BUCKET)
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:topic")
    monkeypatch.setattr(topic, "sns_client", lambda: found)
    monkeypatch.setattr(bus, "events_client", lambda: found)
    return found
