"""The last word on a failed execution: its error's own name and message, or leave to go on."""

from typing import Any

import pytest

from lambdas.outcome import handler as module
from lambdas.outcome.handler import handler

EVENT = {
    "error": "TrainingFailed",
    "message": "The training job failed. See its log.",
    "task_token": "AQCE",
}


class Client:
    """Step Functions, as far as it is told how a task ended."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def send_task_failure(self, **given: str) -> None:
        self.told.append(given)

    send_task_success = send_task_failure


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    client = Client()
    monkeypatch.setattr(module, "step_functions_client", lambda: client)
    return client.told


def test_a_failed_execution_fails_under_its_errors_name_with_its_message_alone(
    context: Any, told: list[dict[str, str]]
) -> None:
    handler(EVENT | {"redriven": False}, context)
    expected = {"taskToken": "AQCE", "error": EVENT["error"], "cause": EVENT["message"]}
    assert told == [expected]


def test_a_long_message_is_cut_to_what_step_functions_takes(
    context: Any, told: list[dict[str, str]]
) -> None:
    handler(EVENT | {"redriven": False, "message": "x" * 100_000}, context)
    assert len(told[0]["cause"]) == 32_768


def test_a_redriven_execution_goes_on(context: Any, told: list[dict[str, str]]) -> None:
    handler(EVENT | {"redriven": True}, context)
    assert told == [{"taskToken": "AQCE", "output": '{"redriven":true}'}]
