"""Every state of predictions with every fault it can have: nothing is left, all is told."""

from pathlib import Path

import pytest

from infra.synth import synthesize
from infra.workflow.stories import PREDICTION
from tests.faults.expected import check
from tests.faults.matrix import Cell, Outcome, cells
from tests.faults.predictions import run_cells
from tests.faults.suite import name

# A few for every run of the tests: the job, its model, a Lambda, a stop.
SLICE = (
    ("Read rows", "Lambda crash"),
    ("Create model", "access denied"),
    ("Run transform job", "job Failed"),
    ("Run transform job", "abort"),
)
ALL = cells(PREDICTION)
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]
Outcomes = dict[Cell, Outcome]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_cells(SOME, {}, tmp_path_factory.mktemp("few"), synthesize())


@pytest.fixture(scope="module")
def whole(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_cells(ALL, {}, tmp_path_factory.mktemp("whole"), small)


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, few: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    check(cell, few)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, whole: Outcomes) -> None:
    check(cell, whole)
