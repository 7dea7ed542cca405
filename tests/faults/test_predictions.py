"""Every state of predictions with every fault it can have: nothing is left, all is told."""

from pathlib import Path

import pytest

from infra.synth import synthesize
from infra.workflow.stories import PREDICTION
from tests.faults import redrives
from tests.faults.expected import check
from tests.faults.matrix import Cell, Outcome, cells
from tests.faults.predictions import run_cells, run_redrives
from tests.faults.suite import chosen, name

# A few for every run of the tests: a model, a Lambda, a stop of the job.
SLICE = (
    ("Create model", "access denied"),
    ("Run transform job", "abort"),
    ("Measure predictions", "Lambda crash"),
)
ALL = cells(PREDICTION)
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]
Outcomes = dict[Cell, Outcome]
# Of rows that lack the model's columns, which no redrive mends.
PERMANENT = {"Failed": "ColumnMissing"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = dict.fromkeys((cell.state.name for cell in SOME), "plain")
    routes["Measure predictions"] = "measured"
    return run_cells(SOME, routes, tmp_path_factory.mktemp("few"), synthesize())


@pytest.fixture(scope="module")
def whole(
    request: pytest.FixtureRequest,
    rows_routes: dict[str, str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcomes:
    found = chosen(request, "whole")
    return run_cells(found, rows_routes, tmp_path_factory.mktemp("whole"), small)


@pytest.fixture(scope="module")
def again(
    request: pytest.FixtureRequest,
    rows_routes: dict[str, str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[redrives.Cell, redrives.Outcome]:
    found = chosen(request, "again")
    return run_redrives(found, rows_routes, tmp_path_factory.mktemp("again"), small)


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, few: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    check(cell, few)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, whole: Outcomes) -> None:
    check(cell, whole)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", redrives.cells(PREDICTION), ids=name)
def test_redrives_from_every_state(
    cell: redrives.Cell,
    again: dict[redrives.Cell, redrives.Outcome],
    rows_routes: dict[str, str],
) -> None:
    """Whatever failed, timed out or was stopped thrice: the same rows get the same predictions."""
    outcome, permanent = again[cell], PERMANENT.get(cell.state.name)
    redrives.check_redrives(cell, outcome, permanent)
    if permanent:
        assert outcome.made is None
        return
    assert ",prediction," in outcome.made.splitlines()[0]
    route = rows_routes[cell.state.name]
    alike = (each for other, each in again.items() if rows_routes[other.state.name] == route)
    assert {each.made for each in alike if each.made} == {outcome.made}
