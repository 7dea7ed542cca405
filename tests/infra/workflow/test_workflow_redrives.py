"""Stopped in one state, redriven, failed in another, redriven: it goes on, and each end is told."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud.ministack_internals import stepfunctions
from tests.contracts import CHAMPION, HANDED_OVER
from tests.infra.account import Account
from tests.infra.workflow.definition import TUNED, deployed
from tests.infra.workflow.machine_run import ARN, AbortedError, Answer, Run, TaskError, run_machine
from tests.infra.workflow.test_workflow_runs import ANSWERS, LARGE, TUNING

# A large upload that is tuned, and has a champion to be compared with, comes through all of these.
PATH: dict[str, Answer] = {
    **ANSWERS,
    **LARGE,
    **TUNING,
    "Preprocess upload": lambda _: {"Payload": HANDED_OVER},
    "Read processing result": lambda _: {"Payload": TUNED},
    "Find champion": lambda _: {"Payload": {"champion": CHAMPION}},
}
# What the champion goes through, the candidate goes through once more.
TWICE = (
    "Create model",
    "Create endpoint configuration",
    "Create endpoint",
    "Describe endpoint",
    "Measure on test rows",
    "Delete endpoint and jobs",
)
ENTERED = [
    (name, time)
    for name in PATH
    if name != "Failed"
    for time in ((1, 2) if name in TWICE else (1,))
]
# Those whose failure ends no run are left out.
FAILING = [name for name in PATH if name not in ("Failed", "Notify people", "Notify programs")]
JOBS = ("Run processing job", "Create training job", "Create tuning job")
# For every run of the tests, in turn: a job that is paid for, and the last stage before teardown.
QUICK = ("Create training job", "Measure on test rows")
MACHINE = deployed()


@dataclass
class Story:
    """Stopped in the first try, after a state's work; failed in a state throughout the second.

    Parameters
    ----------
    stopped
        The state, and how often it had been entered then.
    """

    stopped: tuple[str, int]
    failed: str
    swept: bool
    account: Account = field(default_factory=Account)
    entered: list[tuple[int, str]] = field(default_factory=list)

    def run(self, monkeypatch: pytest.MonkeyPatch) -> Run:
        """Redrive it twice."""
        answers = {state: self._answer(state) for state in PATH}
        return run_machine(monkeypatch, MACHINE, answers, redrives=2)

    def _answer(self, state: str) -> Answer:
        def answer(given: dict[str, Any]) -> Any:
            redrive = stepfunctions.executions[ARN].get("redriveCount", 0)
            self.entered.append((redrive, state))
            if (redrive, state) == (1, self.failed):
                raise TaskError("SomeError", "its cause")
            found = self.account.call(state, given, PATH[state])
            if redrive == 0 and (state, self.entered.count((0, state))) == self.stopped:
                if self.swept:
                    self.account.sweep()
                raise AbortedError
            return found

        return answer


def _check(monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    done = story.run(monkeypatch)
    assert (done.ends[0], done.status) == ("ABORTED", "SUCCEEDED")
    assert story.account.there == set()
    # Of the first end the janitor tells, unless that was done before.
    told = [redrive for redrive, state in story.entered if state == "Notify people"]
    assert len(set(told)) == len(told)
    assert {0, *told} == set(range(len(done.ends))) or story.stopped[0] == "Notify programs"
    # A name that was taken, or what is gone, is never told as the cause.
    failures = [
        given["Payload"]["failure"] for state, given in done.calls if state == "Write report"
    ]
    assert {failure["Error"] for failure in failures if failure} <= {"SomeError"}
    # What fails again is not paid for twice.
    assert all(story.entered.count((1, job)) <= 1 for job in JOBS)
    gate = done.last("Decide on promotion")["Payload"]
    assert gate["evaluation"]
    is_missing = gate["champion_evaluation"] is None
    assert not is_missing or gate["champion"]["problem"] == "it could not be evaluated (SomeError)"


def test_a_redrive_asks_for_no_name_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose answer was lost is there, though the redrive begins anew after it."""
    ends: list[Any] = [None, AbortedError(), TaskError("States.Timeout", ""), None, None]
    statuses = iter(["Failed", "Failed", "Completed"])

    def create(given: dict[str, Any]) -> Any:
        end = ends.pop(0)
        if end:
            raise end
        return PATH["Create training job"](given)

    def describe(given: dict[str, Any]) -> Any:
        found = PATH["Describe training job"](given)
        status = next(statuses)
        reason = {"FailureReason": "CapacityError: none"} if status == "Failed" else {}
        return {**found, "TrainingJobStatus": status, **reason}

    answers = {**ANSWERS, "Create training job": create, "Describe training job": describe}
    done = run_machine(monkeypatch, MACHINE, answers, redrives=1)
    assert done.status == "SUCCEEDED"
    names = [given["TrainingJobName"] for name, given in done.calls if name == JOBS[1]]
    assert len(set(names)) == len(names) == 5


@pytest.mark.parametrize("swept", [True, False], ids=["janitor came before", "janitor came late"])
@pytest.mark.parametrize(
    "number", range(len(ENTERED)), ids=[f"{one} {two}" for one, two in ENTERED]
)
def test_some(monkeypatch: pytest.MonkeyPatch, number: int, swept: bool) -> None:
    _check(monkeypatch, Story(ENTERED[number], QUICK[number % len(QUICK)], swept))


@pytest.mark.faults
@pytest.mark.parametrize("swept", [True, False], ids=["janitor came before", "janitor came late"])
@pytest.mark.parametrize("failed", FAILING)
@pytest.mark.parametrize("stopped", ENTERED, ids=[f"{name} {time}" for name, time in ENTERED])
def test_all(
    monkeypatch: pytest.MonkeyPatch, stopped: tuple[str, int], failed: str, swept: bool
) -> None:
    _check(monkeypatch, Story(stopped, failed, swept))
