"""What an execution that has ended had begun is not carried out again, whatever comes after."""

import pytest

from localcloud.executions import ExecutionEndedError, refuse_ended


@pytest.mark.parametrize(
    ("status", "redrives"),
    [("ABORTED", 0), ("RUNNING", 1), ("SUCCEEDED", 1)],
    ids=["ended", "redriven", "redriven and ended"],
)
def test_a_task_of_the_first_try_is_refused(status: str, redrives: int) -> None:
    with pytest.raises(ExecutionEndedError):
        refuse_ended({"status": status, "redriveCount": redrives}, 0)


@pytest.mark.parametrize("redrive", [0, 2])
def test_a_task_of_the_try_that_runs_is_not(redrive: int) -> None:
    refuse_ended({"status": "RUNNING", "redriveCount": redrive}, redrive)
