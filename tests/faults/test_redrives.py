"""Redrive from every state, thrice: no name collides, nothing is left, each end is told."""

import pytest

from tests.faults.redrives import KINDS, Cell, Outcome, cells, check_redrives, run_cells
from tests.faults.suite import Suite, name

Outcomes = dict[Cell, Outcome]
# A stop during a job, and a failure after teardown.
SLICE = (("Describe training job", "abort"), ("Write report", "failure"))
ALL = cells()
SOME = [cell for cell in ALL if (cell.state.name, cell.kind) in SLICE]
# Of the upload on whose way to it lies a data error, which no redrive mends.
_PERMANENT = {"Failed": "SingleClass"}


def _words(outcome: Outcome) -> str:
    ends = ", ".join(error or status for status, error in outcome.ends)
    return f"{ends}; {len(outcome.left)}; {outcome.notices}"


SUITE = Suite(
    run_cells, SOME, "Ends, one for each try; what was left; notices", tuple(KINDS), _words
)


def _check(cell: Cell, outcome: Outcome) -> None:
    permanent = _PERMANENT.get(cell.state.name)
    check_redrives(cell, outcome, permanent)
    assert outcome.made == (0 if permanent else 1), outcome


@pytest.mark.parametrize("cell", SOME, ids=name)
def test_a_slice(cell: Cell, some: Outcomes) -> None:
    assert len(SOME) == len(SLICE)
    _check(cell, some[cell])


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_redrives_from_every_state(cell: Cell, every: Outcomes) -> None:
    _check(cell, every[cell])
