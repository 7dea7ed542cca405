"""Turns are given in order, never beyond the limit, whatever the list is given in."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.admission.turn import LONGEST_WAIT, Running, find_turn

_START = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def running(*names: str) -> list[Running]:
    return [Running(_START + dt.timedelta(seconds=i), name) for i, name in enumerate(names)]


@given(st.integers(1, 30), st.integers(1, 10), st.randoms(use_true_random=False))
def test_exactly_the_first_ones_go(count: int, limit: int, random: Any) -> None:
    executions = running(*(f"d-{i:016x}" for i in range(count)))
    listed = random.sample(executions, count)
    turns = {e.name: find_turn(e.name, listed, limit, only_newest=False) for e in executions}
    go = [name for name, turn in turns.items() if turn.verdict == "GO"]
    assert go == [execution.name for execution in executions[:limit]]
    waits = [turn.wait_seconds for turn in turns.values()]
    assert waits == sorted(waits)
    assert max(waits) <= LONGEST_WAIT


def test_one_that_the_list_does_not_show_yet_waits_behind_all() -> None:
    assert find_turn("new-1", running("a-1", "b-1"), 2, only_newest=False).verdict == "WAIT"
    assert find_turn("new-1", running("a-1"), 2, only_newest=False).verdict == "GO"


@pytest.mark.parametrize(
    ("me", "only_newest", "verdict"),
    [
        ("heart-2", True, "REPLACED"),  # a newer upload of the dataset waits behind
        ("heart-2", False, "WAIT"),
        ("heart-3", True, "WAIT"),  # the newest
        ("heart-1", True, "GO"),  # it works already: it is never replaced
        ("heart-attack-1", True, "WAIT"),  # another dataset, if one whose name begins the same
    ],
)
def test_only_a_waiting_upload_is_replaced(me: str, only_newest: bool, verdict: str) -> None:
    order = running("heart-1", "heart-attack-1", "heart-2", "heart-3")
    assert find_turn(me, order, 1, only_newest=only_newest).verdict == verdict
