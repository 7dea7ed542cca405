"""Every task of the state machine with every fault it can have: nothing is left, all is told."""

import pytest
from rich.console import Console
from rich.table import Table

from tests.faults.expected import expected, is_told, may_leave
from tests.faults.kinds import FAULTS
from tests.faults.matrix import Cell, Outcome, cells, routes_by_state, run_cells, tasks

Outcomes = dict[Cell, Outcome]
# A few of all sorts, for every run of the tests.
SLICE = (
    ("Train", "job Failed"),
    ("Train", "abort"),
    ("CreateModel", "state time-out"),
    ("CreateEndpointConfig", "throttle"),
    ("CreateEndpoint", "capacity"),
    ("CreateEndpoint", "access denied"),
    ("Evaluate", "Lambda crash"),
    ("Evaluate", "malformed response"),
)
ALL = cells()
SOME = [cell for cell in ALL if (cell.task.name, cell.kind) in SLICE]


def _ids(cell: Cell) -> str:
    return f"{cell.task.name}: {cell.kind}"


def _check(cell: Cell, outcomes: Outcomes) -> None:
    outcome, right = outcomes[cell], expected(cell)
    assert outcome.left_after_janitor == []
    assert outcome.left == [] or may_leave(cell)
    assert outcome.status == right.status, outcome
    assert right.error in (None, outcome.error), outcome
    assert is_told(cell, outcome), outcome


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = dict.fromkeys((task.name for task in tasks()), "trained")
    return run_cells(SOME, routes, tmp_path_factory.mktemp("some"))


@pytest.mark.parametrize("cell", SOME, ids=_ids)
def test_a_slice(cell: Cell, some: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    _check(cell, some)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = routes_by_state(tmp_path_factory.mktemp("routes"))
    unreached = {task.name for task in tasks()} - routes.keys()
    assert unreached == set(), "add an upload to ROUTES that reaches these states"
    outcomes = run_cells(ALL, routes, tmp_path_factory.mktemp("cells"))
    Console(width=200).print(_table(outcomes))
    return outcomes


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=_ids)
def test_the_whole_matrix(cell: Cell, every: Outcomes) -> None:
    _check(cell, every)


def _table(outcomes: Outcomes) -> Table:
    table = Table("state", *FAULTS, title="Outcome, error; what was left (before the janitor)")
    for task in tasks():
        row = []
        for kind in FAULTS:
            outcome = outcomes.get(Cell(task, kind))
            row.append("" if outcome is None else _words(outcome))
        table.add_row(task.name, *row)
    return table


def _words(outcome: Outcome) -> str:
    end = outcome.error or outcome.status
    return f"{end}; {len(outcome.left_after_janitor)} ({len(outcome.left)})"
