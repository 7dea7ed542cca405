"""Every state of comparisons with every fault it can have: nothing is left, all is told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.synth import synthesize
from infra.workflow.stories import ACTUALS
from tests.faults import comparisons, redrives
from tests.faults.expected import check
from tests.faults.matrix import Cell, Outcome, cells
from tests.faults.states import states
from tests.faults.suite import chosen, name

ALL = cells(ACTUALS)
# Of a file that lacks the target, which no redrive mends.
PERMANENT = {"Failed": "ActualsMissing"}


@pytest.fixture(scope="module")
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[Cell, Outcome]:
    folder = tmp_path_factory.mktemp("whole")
    return comparisons.run_cells(chosen(request, "whole"), folder, synthesize())


@pytest.fixture(scope="module")
def again(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[redrives.Cell, redrives.Outcome]:
    folder = tmp_path_factory.mktemp("again")
    return comparisons.run_redrives(chosen(request, "again"), folder, synthesize())


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_the_routes_enter_every_state(tmp_path: Path) -> None:
    entered = comparisons.entered(tmp_path, synthesize())
    assert {state.name for state in states(ACTUALS)} <= entered


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, whole: dict[Cell, Outcome]) -> None:
    check(cell, whole)


@pytest.mark.faults
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("cell", redrives.cells(ACTUALS), ids=name)
def test_redrives_from_every_state(
    cell: redrives.Cell, again: Mapping[redrives.Cell, redrives.Outcome]
) -> None:
    """Whatever failed or was stopped thrice: the figures are the same."""
    outcome, permanent = again[cell], PERMANENT.get(cell.state.name)
    redrives.check_redrives(cell, outcome, permanent)
    made = [each.made for other, each in again.items() if other.state.name not in PERMANENT]
    assert outcome.made is None if permanent else made == [outcome.made] * len(made)
