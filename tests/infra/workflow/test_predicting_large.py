"""Files of rows that are too large for a Lambda: read and joined in processing jobs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.settings import Settings
from tests.contracts import PREPARED_ROWS
from tests.infra.account import Account
from tests.infra.workflow.machine_run import AbortedError, Answer, Run, TaskError, run_machine
from tests.infra.workflow.predicting import JOINED, LARGE, MACHINE, TOLD, result
from tests.infra.workflow.test_predicting import failing

CAPACITY = '{"ProcessingJobStatus": "Failed", "FailureReason": "CapacityError: none left"}'
JOBS = ("Run reading job", "Run joining job")
NEW = (*JOBS, "Fetch reading result", "Fetch joining result")
BEFORE_TOLD = list(LARGE)[: list(LARGE).index("Write result")]


def run(monkeypatch: pytest.MonkeyPatch, redrives: int = 0, **answers: Answer) -> Run:
    answers = LARGE | {"Write result": result} | answers
    return run_machine(monkeypatch, MACHINE, answers, redrives)


def jobs_of(done: Run) -> list[str]:
    return [given["ProcessingJobName"] for name, given in done.calls if name in JOBS]


def test_a_large_file_is_read_and_joined_in_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch)
    assert (done.status, done.states(), done.output) == ("SUCCEEDED", list(LARGE), TOLD)
    assert len(set(jobs_of(done))) == 2
    for name in ("Fetch reading result", "Fetch joining result"):
        assert done.last(name)["Payload"]["after_job"] is True
    told = done.last("Write result")["Payload"]
    assert (told["prepared"], told["joined"]) == (PREPARED_ROWS, JOINED)
    assert [each["job_name"] for each in told["processing"]] == jobs_of(done)
    assert told["processing"][0]["end"] == "2025-11-24T16:01:01.000Z"
    answers = done.last("Run transform job")["TransformOutput"]["S3OutputPath"]
    assert done.last("Fetch joining result")["Payload"]["answers_uri"] == answers


@pytest.mark.parametrize("state", NEW)
def test_a_failure_leaves_nothing_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    done = run(monkeypatch, **{state: failing(99, "SomeError"), "Failed": failing(1, "SomeError")})
    assert done.status == "FAILED"
    told = done.last("Write result")["Payload"]
    assert (told["failure"]["Error"], told["joined"]) == ("SomeError", None)
    assert done.states().count("Notify people") == 1
    if state in JOBS:  # it may go on though its answer is lost
        deleted = done.states().index("Delete model and job", done.states().index(state))
        given = done.calls[deleted][1]["Payload"]
        assert given["processing_job_name"] == done.last(state)["ProcessingJobName"]


@pytest.mark.parametrize("state", JOBS)
def test_a_job_without_capacity_is_tried_again_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    once = failing(1, "States.TaskFailed", CAPACITY, LARGE[state])
    done = run(monkeypatch, **{state: once})
    assert done.status == "SUCCEEDED"
    assert len(set(jobs_of(done))) == len(jobs_of(done)) == 3
    assert done.waits == [Settings().capacity_wait_seconds]
    never = failing(99, "States.TaskFailed", CAPACITY)
    done = run(monkeypatch, **{state: never, "Failed": failing(1, "CapacityUnavailable")})
    assert done.states().count(state) == Settings().capacity_attempts


def test_tries_of_one_job_do_not_count_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Settings().capacity_attempts - 1
    scarce = {
        name: failing(times, "States.TaskFailed", CAPACITY, LARGE[name])
        for name in ("Run transform job", *JOBS)
    }
    assert run(monkeypatch, **scarce).status == "SUCCEEDED"


@dataclass
class Ended:
    """An execution that is ended once, in a state: by a failure, or from outside after its work."""

    state: str
    status: str
    account: Account = field(default_factory=Account)
    is_over: bool = False

    def answer(self, state: str) -> Answer:
        """Return how a state is answered."""

        def work(given: dict[str, Any]) -> Any:
            is_end = state == self.state and not self.is_over
            self.is_over = self.is_over or is_end
            if is_end and self.status == "FAILED":
                raise TaskError("SomeError", "its cause")
            found = self.account.call(state, given, LARGE[state])
            if is_end:
                self.account.sweep()  # by the janitor
                raise AbortedError
            return found

        return work


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (state, status)
        for state in BEFORE_TOLD[1:]
        for status in ("FAILED", "ABORTED")
        if (state, status) != ("Delete model and job", "FAILED")  # which ends nothing
    ],
)
def test_a_redrive_goes_on_from_each_state(
    monkeypatch: pytest.MonkeyPatch, state: str, status: str
) -> None:
    ended = Ended(state, status)
    again = failing(1, "SomeError", then=lambda _: {"redriven": True})
    answers = {name: ended.answer(name) for name in BEFORE_TOLD}
    done = run(monkeypatch, 1, **answers, failed=again)
    assert done.ends == [status, "SUCCEEDED"], done.cause
    assert ended.account.there == set()
    failures = [given["Payload"]["failure"] for name, given in done.calls if name == "Write result"]
    assert {failure["Error"] for failure in failures if failure} <= {"SomeError"}
    # What is done is not paid for again, unless its outcome could not be fetched.
    made = Counter(kind for kind, _ in ended.account.jobs)
    assert made["ProcessingJobName"] <= (3 if state in NEW else 2)
    assert made["TransformJobName"] <= (2 if state == "Run transform job" else 1)
    assert done.last("Write result")["Payload"]["joined"] == JOINED
