"""An execution's turn, found from the list of running executions alone.

There is no queue to fill or to mend: who started before and still runs is ahead, and an execution
that has ended, however it did, is out of the list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["GO", "WAIT", "REPLACED"]
# A run takes some ten minutes on AWS; the further back, the less often an execution asks.
SHORTEST_WAIT, LONGEST_WAIT = 30, 1800


@dataclass(frozen=True, order=True)
class Running:
    """A running execution; ordered by start, then by name."""

    started: dt.datetime
    name: str


def dataset_part(name: str) -> str:
    """Return the part of an execution's name that stands for the dataset (shared/names.py)."""
    return name.rpartition("-")[0] or name


@dataclass(frozen=True)
class Turn:
    """What an execution is to do now, and how many seconds to wait if that is waiting."""

    verdict: Verdict
    ahead: int
    wait_seconds: int


def find_turn(me: str, running: Iterable[Running], limit: int, *, only_newest: bool) -> Turn:
    """Find an execution's turn.

    Parameters
    ----------
    me : str
        Name of the execution.
    running : iterable of Running
        Every running execution, this one included unless the list is not up to date.
    limit : int
        How many may work at once.
    only_newest : bool
        Whether a newer upload of the same dataset replaces one that still waits.
    """
    order = sorted(running)
    place = next((index for index, found in enumerate(order) if found.name == me), len(order))
    ahead = max(0, place - limit + 1)
    if ahead == 0:
        return Turn("GO", 0, 0)
    behind = {dataset_part(found.name) for found in order[place + 1 :]}
    if only_newest and dataset_part(me) in behind:
        return Turn("REPLACED", ahead, 0)
    rounds = -(-ahead // limit)
    return Turn("WAIT", ahead, min(LONGEST_WAIT, SHORTEST_WAIT * rounds))
