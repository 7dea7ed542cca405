"""Faults on purpose in a state machine's states."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from localcloud.task_faults import Attempt, TaskFaults


class FailedError(Exception):
    """A state's failure."""


def attempt(execution: str = "run", redrive: int = 0, **ends: Callable[[], Any]) -> Attempt:
    return Attempt(execution, "Train", redrive, FailedError, ends)


def plan(**fields: Any) -> TaskFaults:
    return TaskFaults.of([{"state": "Train"} | fields])


def test_an_error_keeps_the_task_from_being_carried_out() -> None:
    done: list[int] = []
    with pytest.raises(FailedError) as caught:
        plan(kind="error", error="E", cause="why").around(attempt(), lambda: done.append(1))
    assert (caught.value.args, done) == (("E", "why"), [])


def test_what_is_lost_was_carried_out() -> None:
    done: list[int] = []
    with pytest.raises(FailedError, match=r"States\.Timeout"):
        plan(kind="lost").around(attempt(), lambda: done.append(1))
    assert done == [1]


def test_what_is_lost_early_goes_on() -> None:
    release, done = threading.Event(), threading.Event()

    def task() -> None:
        release.wait(10)
        done.set()

    started = time.monotonic()
    with pytest.raises(FailedError):
        plan(kind="lost", seconds=0.1).around(attempt(), task)
    assert 0.1 <= time.monotonic() - started < 5
    assert not done.is_set()
    release.set()
    assert done.wait(5)


def test_attempts_are_counted_for_each_execution() -> None:
    faults = plan(kind="malformed", nth=[2])
    answers = [faults.around(attempt(name), lambda: "answer") for name in ("a", "b", "a", "a", "b")]
    assert answers == ["answer", "answer", {}, "answer", {}]


def test_only_some_redrives_fail() -> None:
    faults = plan(kind="malformed", redrives=[0, 2], execution="r*")
    assert [faults.around(attempt("run", turn), lambda: "answer") for turn in range(4)] == [
        {}, "answer", {}, "answer",
    ]  # fmt: skip
    assert faults.around(attempt("other"), lambda: "answer") == "answer"


@pytest.mark.parametrize("kind", ["abort", "expire"])
def test_an_execution_is_ended_while_the_task_runs(kind: str) -> None:
    ended = threading.Event()
    answer = plan(kind=kind).around(attempt(**{kind: ended.set}), lambda: ended.wait(5))
    assert answer is True


def test_a_misspelt_field_or_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="statte"):
        TaskFaults.of([{"statte": "Train", "kind": "lost"}])
    with pytest.raises(ValidationError, match="aborted"):
        plan(kind="aborted")
