"""Turns are given in order, never beyond the limit, and asked for seldom enough for AWS."""

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import Settings
from lambdas.admission import handler as admission
from lambdas.admission.listing import RunningExecutions
from lambdas.admission.turn import (
    EVENTS_A_LOOK,
    LISTS_A_SECOND,
    PAGE_SIZE,
    SHORTEST_WAIT,
    UNLISTED_LOOKS,
    Running,
    Turn,
    find_turn,
    shortest_wait,
)
from tests.lambdas.conftest import BUCKET, Context

_START = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def turn_of(me: str, running: list[Running], limit: int, looks: int = 0) -> Turn:
    return find_turn(me, running, limit, only_newest=False, looks=looks)


def running(*names: str) -> list[Running]:
    return [Running(_START + dt.timedelta(seconds=i), name) for i, name in enumerate(names)]


@given(st.integers(1, 30), st.integers(1, 10), st.randoms(use_true_random=False))
def test_exactly_the_first_ones_go(count: int, limit: int, random: Any) -> None:
    executions = running(*(f"d-{i:016x}" for i in range(count)))
    listed = random.sample(executions, count)
    turns = {e.name: turn_of(e.name, listed, limit) for e in executions}
    go = [name for name, turn in turns.items() if turn.verdict == "GO"]
    assert go == [execution.name for execution in executions[:limit]]
    waits = [turn.wait_seconds for turn in turns.values()]
    assert waits == sorted(waits)


def test_one_that_the_list_does_not_show_yet_never_goes_beside_others_it_does_not_show() -> None:
    assert turn_of("new-1", running("a-1", "b-1"), 2) == Turn("WAIT", 1, SHORTEST_WAIT)
    assert turn_of("new-1", running("a-1"), 2).verdict == "WAIT"
    assert turn_of("new-1", running("a-1", "new-1"), 2).verdict == "GO"
    # Not for ever, should the list never show it.
    assert turn_of("new-1", running("a-1"), 2, looks=UNLISTED_LOOKS).verdict == "GO"


@pytest.mark.parametrize(
    ("limit", "count"), [(1, 10), (1, 300), (4, 1000), (4, 1001), (100, 3000), (1000, 10_000)]
)
def test_all_that_wait_together_list_no_more_often_than_aws_allows(limit: int, count: int) -> None:
    executions = running(*(f"d-{i:016x}" for i in range(count)))
    pages = -(-count // PAGE_SIZE)
    rate = 0.0
    for first in range(limit, count, limit):  # those of a round wait alike
        wait = turn_of(executions[first].name, executions, limit).wait_seconds
        rate += pages * min(limit, count - first) / wait
    assert rate <= LISTS_A_SECOND * 1.02  # whole seconds are waited


@pytest.mark.parametrize(("seconds", "events"), [(1_209_600, 5_000), (15_000_000, 6_000)])
def test_the_history_holds_the_longest_wait(seconds: float, events: int) -> None:
    """Step Functions ends an execution at 25,000 events; a run itself has some hundred."""
    field = Settings.model_fields["turn_wait_limit_seconds"]
    assert seconds == field.default or any(seconds == getattr(m, "le", 0) for m in field.metadata)
    waited = itertools.accumulate(shortest_wait(looks) for looks in itertools.count())
    looks = sum(1 for _ in itertools.takewhile(lambda sum_: sum_ < seconds, waited))
    assert looks * EVENTS_A_LOOK < events


@pytest.mark.parametrize(
    ("me", "only_newest", "verdict"),
    [
        ("heart-2", True, "REPLACED"),  # a newer upload of the dataset waits behind
        ("heart-2", False, "WAIT"),
        ("heart-3", True, "WAIT"),  # the newest
        ("heart-1", True, "REPLACED"),  # also if its turn has come: who asks has not begun
        ("heart-1", False, "GO"),
        ("heart-attack-1", True, "WAIT"),  # another dataset, if one whose name begins the same
    ],
)
def test_an_upload_that_has_not_begun_is_replaced(me: str, only_newest: bool, verdict: str) -> None:
    order = running("heart-1", "heart-attack-1", "heart-2", "heart-3")
    assert find_turn(me, order, 1, only_newest=only_newest, looks=0).verdict == verdict


class FakeStepFunctions:
    """Answers ListExecutions a page, or refuses it for its rate."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.calls, self.refuses = 0, False

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        self.calls += 1
        if self.refuses:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "ListExecutions")
        found = running(*self.names)
        yield {"executions": [{"name": one.name, "startDate": one.started} for one in found]}


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def states() -> FakeStepFunctions:
    return FakeStepFunctions()


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, states: FakeStepFunctions, context: Context, s3: Any
) -> Ask:
    listing: Any = RunningExecutions(states, clock=lambda: 0.0)  # type: ignore[arg-type]
    monkeypatch.setattr(admission, "_executions", lambda: listing)
    monkeypatch.setenv("EXECUTIONS_AT_ONCE", "2")
    monkeypatch.setenv("WAITING_UPLOADS", "all")
    monkeypatch.setenv("BUCKET", BUCKET)

    def ask_for(name: str, looks: int = 0, *, is_redriven: bool = False) -> dict[str, Any]:
        event = {"execution_name": name, "state_machine_arn": "machine", "looks": looks}
        event["key"] = "incoming/d/a\nb\u202ec.csv"
        return admission.handler(event | {"is_redriven": is_redriven}, context)

    return ask_for


def test_a_burst_is_answered_from_one_list(ask: Ask, states: FakeStepFunctions) -> None:
    states.names = [f"d-{i:03}" for i in range(100)]
    verdicts = [ask(name)["verdict"] for name in states.names]
    assert verdicts == ["GO"] * 2 + ["WAIT"] * 98
    assert states.calls == 1
    ask("d-099", looks=1)
    assert states.calls == 2  # a place may have become free since


def test_an_old_list_lets_nobody_go_whom_it_does_not_show(
    ask: Ask, states: FakeStepFunctions
) -> None:
    assert ask("d-1")["verdict"] == "WAIT"  # nobody is listed
    states.names = ["d-1", "d-2", "d-3"]
    assert [ask(name)["verdict"] for name in ("d-3", "d-1")] == ["WAIT", "GO"]
    assert states.calls == 2


def test_a_refused_list_is_asked_for_again_later(ask: Ask, states: FakeStepFunctions) -> None:
    states.refuses = True
    turns = [ask(f"d-{i}") for i in range(50)]
    assert {turn["verdict"] for turn in turns} == {"WAIT"}
    assert {turn["ahead"] for turn in turns} == {None}
    waits = {turn["wait_seconds"] for turn in turns}
    assert min(waits) >= SHORTEST_WAIT
    assert len(waits) > 5  # apart


def test_a_redriven_execution_is_not_replaced(
    ask: Ask, states: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAITING_UPLOADS", "newest")
    states.names = ["d-1", "d-2"]
    turn = ask("d-1", looks=1)
    assert turn["verdict"] == "REPLACED"
    assert turn["notice"]["message"].endswith("Upload: incoming/d/a b c.csv")
    assert ask("d-1", looks=1, is_redriven=True)["verdict"] == "GO"


def test_the_words_are_those_of_the_datasets_settings_file(
    ask: Ask, states: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch, s3: Any
) -> None:
    monkeypatch.setenv("WAITING_UPLOADS", "newest")
    states.names = ["d-1", "d-2", "e-1"]
    assert ask("d-2", looks=1)["language"] == "en"
    s3.put_object(Bucket=BUCKET, Key="settings/d.yaml", Body=b"language: es\n")
    turn = ask("d-1", looks=1)
    assert (turn["language"], turn["verdict"]) == ("es", "REPLACED")
    assert turn["notice"]["message"].startswith("La ejecución d-1 no había empezado")
    assert ask("e-1", looks=1)["language"] is None  # it waits
