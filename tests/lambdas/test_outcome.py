"""The last word on a failed execution: its error's own name, or leave to go on."""

import re
from typing import Any

import pytest

from lambdas.outcome.handler import handler

EVENT = {"error": "TrainingFailed", "message": "The training job failed. See its log."}


def test_a_failed_execution_fails_under_its_errors_name(context: Any) -> None:
    with pytest.raises(Exception, match=re.escape(EVENT["message"])) as caught:
        handler(EVENT | {"redriven": False}, context)
    assert type(caught.value).__name__ == "TrainingFailed"
    assert caught.value.__cause__ is None


def test_a_redriven_execution_goes_on(context: Any) -> None:
    assert handler(EVENT | {"redriven": True}, context) == {"redriven": True}
