"""Every state with every fault it can have: nothing is left, all is told."""

from pathlib import Path

import pytest

from infra.synth import synthesize
from tests.faults.conftest import chosen_cells
from tests.faults.expected import expected, may_leave, notices
from tests.faults.kinds import FAULTS
from tests.faults.matrix import Cell, Outcome, cells, run_cells
from tests.faults.states import states
from tests.faults.table import show

Outcomes = dict[Cell, Outcome]
# A few of all sorts, for every run of the tests.
SLICE = (
    ("Admit", "abort"),
    ("Train", "job Failed"),
    ("Train", "abort"),
    ("CreateModel", "state time-out"),
    ("CreateEndpointConfig", "throttle"),
    ("CreateEndpoint", "access denied"),
    ("WaitForEndpoint", "execution time-out"),
    ("Evaluate", "Lambda crash"),
    ("Evaluate", "malformed response"),
)
ALL = cells()
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]


def _ids(cell: Cell) -> str:
    return f"{cell.state.name}: {cell.kind}"


def _check(cell: Cell, outcomes: Outcomes) -> None:
    outcome, right = outcomes[cell], expected(cell)
    assert outcome.left_after_janitor == []
    assert outcome.left == [] or may_leave(cell)
    assert outcome.status == right.status, outcome
    assert right.error in (None, outcome.error), outcome
    assert outcome.notices in notices(cell), outcome


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = dict.fromkeys((state.parent for state in states()), "trained")
    return run_cells(SOME, routes, tmp_path_factory.mktemp("some"), synthesize())


@pytest.mark.parametrize("cell", SOME, ids=_ids)
def test_a_slice(cell: Cell, some: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    _check(cell, some)


@pytest.fixture(scope="module")
def every(
    request: pytest.FixtureRequest,
    routes: dict[str, str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcomes:
    unreached = {state.parent for state in states()} - routes.keys()
    assert unreached == set(), "add an upload to ROUTES that reaches these states"
    chosen = chosen_cells(request, test_the_whole_matrix.__name__)
    outcomes = run_cells(chosen, routes, tmp_path_factory.mktemp("cells"), small)
    show("Outcome, error; what was left (before the janitor)", FAULTS, outcomes, _words)
    return outcomes


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=_ids)
def test_the_whole_matrix(cell: Cell, every: Outcomes) -> None:
    _check(cell, every)


def _words(outcome: Outcome) -> str:
    end = outcome.error or outcome.status
    return f"{end}; {len(outcome.left_after_janitor)} ({len(outcome.left)})"
