"""What must come of each cell, by rules and not by a list."""

import json
from dataclasses import dataclass

from infra.settings import Settings
from infra.workflow import definition
from tests.faults.matrix import Cell, Outcome

_STATES = definition(Settings())["States"]


@dataclass(frozen=True)
class Expected:
    """An outcome's right status, and its error's class; none where several are right."""

    status: str
    error: str | None


def expected(cell: Cell) -> Expected:
    """Return what a cell must end with."""
    name = cell.task.name
    if cell.fault.aborts:
        return Expected("ABORTED", None)
    if name == "Failed":  # it ends an execution that has failed already
        return Expected("FAILED", None)
    told = name in ("Notify", "Announce")
    if told or cell.fault.error is None or _is_harmless(cell) or _is_a_no(cell):
        return Expected("SUCCEEDED", None)
    if name == "Report":
        return Expected("FAILED", "ReportFailed")
    if cell.kind == "malformed response" and not _uses_answer(name):
        return Expected("FAILED", None)  # the next state makes of it what it can
    return Expected("FAILED", cell.fault.error)


def _is_harmless(cell: Cell) -> bool:
    """Say whether a malformed answer is one that nobody reads."""
    following = _STATES[_STATES[cell.task.name].get("Next", cell.task.name)]
    is_read = _uses_answer(cell.task.name) or "$states.input" in json.dumps(following)
    return cell.kind == "malformed response" and not is_read


def _is_a_no(cell: Cell) -> bool:
    """Say whether a person's answer is missing, which settles the matter as a no does."""
    return cell.task.name == "AskPerson" and cell.kind in ("state time-out", "malformed response")


def _uses_answer(name: str) -> bool:
    return "$states.result" in json.dumps(_STATES[name])


def is_told(cell: Cell, outcome: Outcome) -> bool:
    """Say whether people were told of the end, where that is possible at all."""
    return outcome.notices > 0 or cell.task.name == "Notify"


def may_leave(cell: Cell) -> bool:
    """Say whether something may be left for one look of the janitor."""
    return cell.fault.aborts or cell.task.name == "Teardown"
