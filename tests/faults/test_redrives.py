"""Redrive from every state, thrice: no name collides, nothing is left, each end is told."""

from pathlib import Path

import pytest

from infra.synth import synthesize
from tests.faults.conftest import chosen_cells
from tests.faults.redrives import KINDS, TIMES, Cell, Outcome, cells, run_cells
from tests.faults.states import states
from tests.faults.table import show

Outcomes = dict[Cell, Outcome]
# A stop during a job, a stage in the middle, and one after teardown.
SLICE = (("Train", "abort"), ("Evaluate", "failure"), ("Report", "failure"))
ALL = cells()
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]
# Of the upload on whose way to it lies a data error, which no redrive mends.
_PERMANENT = {"Failed": "SingleClassTarget"}


def _ids(cell: Cell) -> str:
    return f"{cell.state.name}: {cell.kind}"


def _check(cell: Cell, outcome: Outcome) -> None:
    *before, (status, error) = outcome.ends
    assert all(end != "SUCCEEDED" for end, _ in before)
    assert outcome.left == []
    permanent = _PERMANENT.get(cell.state.name)
    assert (status, error) == (("FAILED", permanent) if permanent else ("SUCCEEDED", None)), outcome
    # A stage that was passed otherwise by a redrive meets its fault only once.
    assert outcome.redrive_count == TIMES or outcome.entries == 1, outcome
    assert outcome.versions == (0 if permanent else 1), outcome
    # An abort of the telling itself is told by the janitor beside it.
    told_twice = TIMES if (cell.state.name, cell.kind) == ("Notify", "abort") else 0
    assert outcome.notices == len(outcome.ends) + told_twice, outcome


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = dict.fromkeys((state.parent for state in states()), "trained")
    return run_cells(SOME, routes, tmp_path_factory.mktemp("some"), synthesize())


@pytest.mark.parametrize("cell", SOME, ids=_ids)
def test_a_slice(cell: Cell, some: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    _check(cell, some[cell])


@pytest.fixture(scope="module")
def every(
    request: pytest.FixtureRequest,
    routes: dict[str, str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcomes:
    chosen = chosen_cells(request, test_redrives_from_every_state.__name__)
    outcomes = run_cells(chosen, routes, tmp_path_factory.mktemp("redrives"), small)
    show("Ends, one for each try; what was left; notices", KINDS, outcomes, _words)
    return outcomes


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=_ids)
def test_redrives_from_every_state(cell: Cell, every: Outcomes) -> None:
    _check(cell, every[cell])


def _words(outcome: Outcome) -> str:
    ends = ", ".join(error or status for status, error in outcome.ends)
    return f"{ends}; {len(outcome.left)}; {outcome.notices}"
