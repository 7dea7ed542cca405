"""What a function answers fits into the state machine, whatever names an upload brings."""

from typing import Any

import pytest
from pydantic import BaseModel

from lambdas.shared.entry import STATE_BYTES, entry
from lambdas.shared.failures.errors import NamesTooLong


class Event(BaseModel):
    letters: int


@entry(Event)
def of_the_workflow(event: Event) -> dict[str, Any]:
    return {"target": "ü" * event.letters}


@entry(Event, most_bytes=None)
def of_nobody(event: Event) -> dict[str, Any]:
    return {"deleted": "ü" * event.letters}


def test_an_answer_that_is_too_large_is_refused_by_a_name_that_is_caught(context: Any) -> None:
    assert of_the_workflow({"letters": STATE_BYTES // 2 - 100}, context)
    with pytest.raises(NamesTooLong, match=f"{STATE_BYTES:,} are possible"):
        of_the_workflow({"letters": STATE_BYTES // 2}, context)


def test_what_no_state_machine_reads_may_be_larger(context: Any) -> None:
    assert of_nobody({"letters": STATE_BYTES}, context)
