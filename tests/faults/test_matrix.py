"""Every state with every fault it can have: nothing is left, all is told."""

import pytest

from infra.synth import synthesize
from tests.faults.expected import check
from tests.faults.kinds import FAULTS
from tests.faults.matrix import Cell, Outcome, cells, run_cells
from tests.faults.suite import Suite, name

Outcomes = dict[Cell, Outcome]
# For every run of the tests, what those of tests/end_to_end do not show: they have a job and an
# endpoint that fail, a right that is denied, and stops of both.
SLICE = (
    ("Check queue", "abort"),
    ("Describe training job", "malformed response"),
    ("Wait for endpoint", "execution time-out"),
    ("Measure on test rows", "Lambda crash"),
)
ALL = cells()
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]


def _words(outcome: Outcome) -> str:
    end = outcome.error or outcome.status
    return f"{end}; {len(outcome.left_after_janitor)} ({len(outcome.left)})"


SUITE = Suite(
    run_cells, "Outcome, error; what was left (before the janitor)", tuple(FAULTS), _words
)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    routes = dict.fromkeys((cell.state.parent for cell in SOME), "trained")
    return run_cells(SOME, routes, tmp_path_factory.mktemp("few"), synthesize())


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, few: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    check(cell, few)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, every: Outcomes) -> None:
    check(cell, every)
