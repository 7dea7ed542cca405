"""Every state with every fault it can have: nothing is left, all is told."""

import pytest

from tests.faults.expected import check
from tests.faults.kinds import FAULTS
from tests.faults.matrix import Cell, Outcome, cells, run_cells
from tests.faults.suite import Suite, name

Outcomes = dict[Cell, Outcome]
# A few of all sorts, for every run of the tests; test_redrives.py stops a run during its job.
SLICE = (
    ("Check queue", "abort"),
    ("Create training job", "job Failed"),
    ("Describe training job", "malformed response"),
    ("Create endpoint", "access denied"),
    ("Wait for endpoint", "execution time-out"),
    ("Measure on test rows", "Lambda crash"),
)
ALL = cells()
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]


def _words(outcome: Outcome) -> str:
    end = outcome.error or outcome.status
    return f"{end}; {len(outcome.left_after_janitor)} ({len(outcome.left)})"


SUITE = Suite(
    run_cells, SOME, "Outcome, error; what was left (before the janitor)", tuple(FAULTS), _words
)


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, some: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    check(cell, some)


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_the_whole_matrix(cell: Cell, every: Outcomes) -> None:
    check(cell, every)
