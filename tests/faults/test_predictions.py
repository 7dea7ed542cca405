"""Every state of predictions with every fault it can have: nothing is left, all is told."""

from pathlib import Path

import pytest

from infra.synth import synthesize
from infra.workflow.stories import PREDICTION
from tests.faults.expected import expected, may_leave, notices
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


def _check(cell: Cell, outcomes: Outcomes) -> None:
    outcome, right = outcomes[cell], expected(cell)
    assert outcome.left_after_janitor == []
    assert outcome.left == [] or may_leave(cell)
    assert outcome.status == right.status, outcome
    assert right.error in (None, outcome.error), outcome
    assert outcome.notices in notices(cell), outcome


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_cells(SOME, {}, tmp_path_factory.mktemp("few"), synthesize())


@pytest.fixture(scope="module")
def whole(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_cells(ALL, {}, tmp_path_factory.mktemp("whole"), small)


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, few: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    _check(cell, few)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, whole: Outcomes) -> None:
    _check(cell, whole)
