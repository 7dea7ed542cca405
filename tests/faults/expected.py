"""What must come of each cell, by rules and not by a list."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import STORIES
from tests.faults.kinds import SPARED, TEARDOWNS
from tests.faults.matrix import Cell, Outcome
from tests.faults.states import State


def _walk(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in found.items():
        yield name, state
        yield from _walk(state.get("ItemProcessor", {}).get("States", {}))


_STATES = {story: dict(_walk(definition(Settings(), story)["States"])) for story in STORIES}


@dataclass(frozen=True)
class Expected:
    """An outcome's right status, and its error's class; none where several are right."""

    status: str
    error: str | None


def expected(cell: Cell) -> Expected:
    """Return what a cell must end with."""
    name, error = cell.state.name, cell.fault.error_in(cell.state)
    if cell.fault.end:
        return Expected(cell.fault.end, None)
    if name == "Failed":  # it ends an execution that has failed already
        return Expected("FAILED", None)
    if name in SPARED or error is None or _is_harmless(cell) or _is_a_no(cell):
        return Expected("SUCCEEDED", None)
    if name in ("Write report", "Write result"):
        return Expected("FAILED", "ReportFailed")
    if cell.kind == "malformed response" and not _uses_answer(cell.state):
        return Expected("FAILED", None)  # the next state makes of it what it can
    return Expected("FAILED", error)


def _is_harmless(cell: Cell) -> bool:
    """Say whether a malformed answer is one that nobody reads."""
    states = _STATES[cell.state.story]
    following = states[states[cell.state.name].get("Next", cell.state.name)]
    is_read = _uses_answer(cell.state) or "$states.input" in json.dumps(following)
    return cell.kind == "malformed response" and not is_read


def _is_a_no(cell: Cell) -> bool:
    """Say whether a person's answer is missing, which settles the matter as a no does."""
    return cell.state.name == "Ask for approval" and cell.kind in (
        "state time-out",
        "malformed response",
    )


def _uses_answer(state: State) -> bool:
    return "$states.result" in json.dumps(_STATES[state.story][state.name])


def notices(cell: Cell) -> set[int]:
    """Return how often people may be told of the end."""
    if cell.state.name == "Notify people" and cell.kind == "access denied":
        return {0}
    if cell.fault.end:
        # The janitor tells of each such end; in the last states the result was told before.
        return {2 if cell.state.name in ("Notify people", "Notify programs", "Failed") else 1}
    if cell.state.name == "Failed":
        return {1, 2}
    return {1}


def may_leave(cell: Cell) -> bool:
    """Say whether something may be left for one look of the janitor."""
    return bool(cell.fault.end) or cell.state.name in TEARDOWNS


def check(cell: Cell, outcomes: Mapping[Cell, Outcome]) -> None:
    """Assert that a cell's outcome is right."""
    outcome, right = outcomes[cell], expected(cell)
    assert outcome.left_after_janitor == []
    assert outcome.left == [] or may_leave(cell)
    assert outcome.status == right.status, outcome
    assert right.error in (None, outcome.error), outcome
    assert outcome.notices in notices(cell), outcome
