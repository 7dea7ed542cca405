"""The machine that compares: AWS accepts its requests, and whatever fails is told once."""

import json
from typing import Any

import pytest

from tests.contracts import COMPARED
from tests.infra.service_model import problems
from tests.infra.workflow.comparing import ANSWERS, MACHINE, TOLD, request_of_comparison
from tests.infra.workflow.definition import tasks
from tests.infra.workflow.machine_run import Answer, Run, TaskError, run_machine

TASKS = dict(tasks(MACHINE))


def run(monkeypatch: pytest.MonkeyPatch, redrives: int = 0, **answers: Answer) -> Run:
    return run_machine(monkeypatch, MACHINE, ANSWERS | answers, redrives)


def failing(times: int) -> Answer:
    """Fail so often, then answer as the function that reads."""
    left = [times]

    def answer(given: dict[str, Any]) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise TaskError("SomeError", "its cause")
        return ANSWERS["Read what happened"](given)

    return answer


def failed(_: Any) -> Any:
    raise TaskError("SomeError", "its cause")


@pytest.mark.parametrize("name", TASKS)
def test_aws_accepts_the_request(name: str) -> None:
    arguments = request_of_comparison(name)
    if "Payload" in arguments:  # Step Functions serializes it
        arguments["Payload"] = b"{}"
    *_, service, verb = TASKS[name]["Resource"].split(":")
    verb = verb.split(".")[0]
    assert problems(service, verb[:1].upper() + verb[1:], arguments) == []


def test_what_was_compared_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch)
    assert (done.status, done.states(), done.output) == ("SUCCEEDED", list(ANSWERS), TOLD)
    told = done.last("Write result")["Payload"]
    assert (told["compared"], told["failure"], told["language"]) == (COMPARED, None, "en")


def test_a_failure_is_told_once_and_ends_the_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, read_what_happened=failed, failed=failed)
    assert done.status == "FAILED"
    assert done.last("Write result")["Payload"]["failure"]["Error"] == "SomeError"
    assert done.states().count("Notify people") == done.states().count("Notify programs") == 1


def test_where_telling_fails_people_and_programs_hear_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = run(monkeypatch, write_result=failed, failed=failed)
    assert done.status == "FAILED"
    assert "could not be written" in done.last("Notify people")["Message"]
    (entry,) = done.last("Notify programs")["Entries"]
    assert entry["DetailType"] == "Molino Actuals Failed"
    assert json.loads(entry["Detail"])["error"] == "ReportFailed"


def test_a_redrive_reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def ends(given: Any) -> Any:
        tries.append(given)
        return failed(given) if len(tries) == 1 else {}

    done = run(monkeypatch, redrives=1, read_what_happened=failing(1), failed=ends)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert done.states().count("Read what happened") == 2
    assert done.last("Write result")["Payload"]["failure"] is None
