"""Executions on disk: nothing of them is lost, and their histories leave memory."""

import json
from pathlib import Path
from typing import Any

from localcloud.journal import Journal, StoredEvents


def execution(name: str) -> dict[str, Any]:
    return {
        "executionArn": f"arn:aws:states:us-east-1:000000000000:execution:Molino:{name}",
        "status": "RUNNING",
        "definition": '{"StartAt": "Begin"}',
        "events": [{"id": 1, "type": "ExecutionStarted"}],
        "at": {"state": "Begin", "variables": {"a": [1]}},
    }


def test_what_was_written_down_is_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    running, ended = execution("running"), execution("ended Ω/1")
    for one in (running, ended):
        journal.note(one)
        one["events"].append({"id": 2, "type": "PassStateEntered"})
        journal.note(one)
    ended["status"] = "FAILED"
    ended["events"].append({"id": 3, "type": "ExecutionFailed"})
    journal.note(ended)
    ended["events"].append({"id": 4, "type": "TaskSucceeded"})  # of a task that came too late

    found = {one["executionArn"]: one for one in Journal(tmp_path).load()}

    assert len(list((tmp_path / "definitions").iterdir())) == 1
    for one in (running, ended):
        again = found[one["executionArn"]]
        assert isinstance(one["events"], StoredEvents)  # that waits for hours has thousands
        assert list(again.pop("events")) == list(one["events"])
        assert again == {key: value for key, value in one.items() if key != "events"}
    assert [event["id"] for event in ended["events"]] == [1, 2, 3, 4]


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    journal, one = Journal(tmp_path), execution("cut")
    journal.note(one)
    (history,) = (tmp_path / "histories").iterdir()
    with history.open("a") as file:
        file.write('{"id": 2, "ty')

    resumed = Journal(tmp_path)
    (again,) = resumed.load()
    again["events"].append({"id": 2, "type": "PassStateEntered"})
    resumed.note(again)

    assert [json.loads(line)["id"] for line in history.read_text().splitlines()] == [1, 2]


def test_a_redriven_executions_history_goes_on(tmp_path: Path) -> None:
    journal, one = Journal(tmp_path), execution("redriven")
    one["status"] = "FAILED"
    journal.note(one)
    one["status"] = "RUNNING"
    one["events"].append({"id": 2, "type": "ExecutionRedriven"})
    journal.note(one)
    (again,) = Journal(tmp_path).load()
    assert [event["id"] for event in again["events"]] == [1, 2]


def test_a_history_is_read_while_its_execution_goes_on(tmp_path: Path) -> None:
    journal, one = Journal(tmp_path), execution("running")
    journal.note(one)
    (history,) = (tmp_path / "histories").iterdir()
    with history.open("a") as file:
        file.write('{"id": 2, "type": "TaskSucc')  # a long event, half of it on disk
        file.flush()
        assert [event["id"] for event in one["events"]] == [1]
