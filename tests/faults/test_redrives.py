"""Redrive from every state, thrice: no name collides, nothing is left, each end is told.

In every run of the tests: a redrive through the local cloud (tests/end_to_end/test_redrive.py), and
the definition's own of each state (tests/infra/workflow/test_workflow_redrives.py).
"""

import pytest

from tests.faults.redrives import KINDS, Cell, Outcome, cells, check_redrives, run_cells
from tests.faults.suite import Suite, name

Outcomes = dict[Cell, Outcome]
ALL = cells()
# Of the upload on whose way to it lies a data error, which no redrive mends.
_PERMANENT = {"Failed": "SingleClass"}


def _words(outcome: Outcome) -> str:
    ends = ", ".join(error or status for status, error in outcome.ends)
    return f"{ends}; {len(outcome.left)}; {outcome.notices}"


SUITE = Suite(run_cells, "Ends, one for each try; what was left; notices", tuple(KINDS), _words)


def _check(cell: Cell, outcome: Outcome) -> None:
    permanent = _PERMANENT.get(cell.state.name)
    check_redrives(cell, outcome, permanent)
    assert outcome.made == (0 if permanent else 1), outcome


@pytest.mark.faults
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cell", ALL, ids=name)
def test_redrives_from_every_state(cell: Cell, every: Outcomes) -> None:
    _check(cell, every[cell])
