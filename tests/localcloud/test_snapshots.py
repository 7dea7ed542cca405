"""What the local cloud saves every second does not grow with the executions it has run."""

from typing import Any, NoReturn

import pytest

from localcloud.ministack_internals import stepfunctions
from localcloud.snapshots import STATE_MACHINES, Snapshots


class Uncopied(dict[str, Any]):
    def __deepcopy__(self, _: Any) -> NoReturn:
        raise AssertionError("an execution is copied")


def test_all_of_step_functions_but_executions_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(stepfunctions.get_state()) == {*STATE_MACHINES, "executions"}
    monkeypatch.setattr(stepfunctions, "get_state", stepfunctions.get_state)
    monkeypatch.setitem(stepfunctions.executions, "arn:of:an:execution", Uncopied())
    monkeypatch.setitem(stepfunctions.state_machines, "arn:of:a:machine", {"name": "m"})
    Snapshots()
    saved = stepfunctions.get_state()
    assert set(saved) == set(STATE_MACHINES)
    assert saved["state_machines"]["arn:of:a:machine"] == {"name": "m"}
