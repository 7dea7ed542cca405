"""An execution's turn, found from the list of running executions alone.

There is no queue to fill or to repair: who started before and still runs is ahead, and an execution
that has ended, however it did, is out of the list.

Waiting costs checks of that list, which AWS limits to a few a second for a whole account, and each
check costs an execution `EVENTS_A_LOOK` events of its history, which AWS limits to 25,000. So the
further back an execution is, and the longer it has waited, the less often it checks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.shared.contracts.admission import Verdict

SHORTEST_WAIT = 30  # seconds; a run takes some ten minutes on AWS
PAGE_SIZE = 1000  # ListExecutions' largest
# AWS refills 2 a second in most regions, 5 in the largest, for all callers of an account
# (awsdocs/aws-step-functions-developer-guide: doc_source/limits-overview.md).
LISTS_A_SECOND = 1.0
EVENTS_A_LOOK = 9  # of the three states that check the queue and wait in it
GROWTH = 1.02  # of the wait with each check: adds a fiftieth of the time waited at most
# The list is eventually consistent: one that started a moment ago may be missing.
UNLISTED_WAIT, UNLISTED_LOOKS = 5, 12


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
    """What an execution is to do now.

    Attributes
    ----------
    verdict : str
    ahead : int or None
        How many are to end before; None if that could not be found out.
    wait_seconds : int
        Until the next check, if the verdict is to wait.
    """

    verdict: Verdict
    ahead: int | None
    wait_seconds: int


def find_turn(
    me: str, running: Sequence[Running], limit: int, *, only_newest: bool, looks: int
) -> Turn:
    """Find an execution's turn.

    The list may be a few seconds old: an execution on it has all on it that are ahead, if not only
    them, so its turn is never found too early.

    Parameters
    ----------
    me : str
        Name of the execution.
    running : sequence of Running
        Every running execution, this one included unless the list is not up to date.
    limit : int
        How many may work at once.
    only_newest : bool
        Whether a newer upload of the same dataset replaces one that has not begun.
    looks : int
        How often this execution has looked before.
    """
    order = sorted(running)
    place = next((index for index, found in enumerate(order) if found.name == me), len(order))
    ahead = max(0, place - limit + 1)
    behind = {dataset_part(found.name) for found in order[place + 1 :]}
    # Who asks has not begun, so also one whose turn has come is replaced.
    if only_newest and dataset_part(me) in behind:
        return Turn("REPLACED", ahead, 0)
    if ahead == 0:
        if place == len(order) and looks < UNLISTED_LOOKS:
            return Turn("WAIT", 0, UNLISTED_WAIT)
        return Turn("GO", 0, 0)
    wait = _round_seconds(len(order), limit) * _rounds(ahead, limit)
    return Turn("WAIT", ahead, round(max(wait, shortest_wait(looks))))


def shortest_wait(looks: int) -> float:
    """Return the seconds that an execution waits at least after so many checks."""
    return SHORTEST_WAIT * GROWTH**looks


def _rounds(ahead: int, limit: int) -> int:
    return -(-ahead // limit)


def _round_seconds(running: int, limit: int) -> float:
    """Return the wait for each round ahead, with which all that wait check rarely enough.

    Those of round r check once in r such waits, so all of them together ``limit`` times the sum of
    1/r in one; each check lists every page.
    """
    pages = -(-running // PAGE_SIZE)
    waiting = max(0, running - limit)
    looks = limit * sum(1 / number for number in range(1, _rounds(waiting, limit) + 1))
    return max(SHORTEST_WAIT, pages * looks / LISTS_A_SECOND)
