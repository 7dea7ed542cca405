"""Fault injection in a state machine's states, for services that cannot fail on demand.

docs/developers.md shows plans; the fields below are those of the file.
"""

import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass as plain_dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from localsagemaker.faults import STRICT, Encounters, When

Kind = Literal["error", "lost", "malformed", "abort", "expire"]
_END_SECONDS = 0.2  # into the state


@dataclass(frozen=True, config=STRICT)
class TaskFault(When):
    """What happens in a state, a Task or a Wait.

    Parameters
    ----------
    state
        Name of the state.
    kind
        ``error``: it is not carried out and fails with ``error`` and ``cause``; ``lost``: it is
        carried out, then fails so; ``malformed``: its answer is empty; ``abort``: the execution is
        stopped while it runs; ``expire``: the execution's own time is over while it runs.
    execution
        Shell pattern that the execution's name matches.
    seconds
        Of what is lost: fail after so many while it continues, instead of when it is done.
    redrives
        Only in these redrives; 0 is the first try. All, if none are given.

    Notes
    -----
    ``nth`` counts the attempts of one execution.
    """

    state: str
    kind: Kind
    execution: str = "*"
    error: str = "States.Timeout"
    cause: str = ""
    seconds: float | None = None
    redrives: tuple[int, ...] = ()

    def fits(self, attempt: "Attempt") -> bool:
        """Say whether an attempt is one of those."""
        return (
            self.state == attempt.state
            and fnmatchcase(attempt.execution, self.execution)
            and (not self.redrives or attempt.redrive in self.redrives)
        )


@plain_dataclass(frozen=True)
class Attempt:
    """One attempt at a state.

    Parameters
    ----------
    execution, state, redrive
        Names, and how often the execution was redriven.
    fail
        Makes the exception of an error and a cause.
    ends
        End the execution, by the kind of fault.
    """

    execution: str
    state: str
    redrive: int
    fail: Callable[[str, str], Exception]
    ends: Mapping[str, Callable[[], Any]]


class TaskFaults:
    """Which states fail; counts what it has met."""

    def __init__(self, faults: list[TaskFault] | None = None) -> None:
        self.faults = faults or []
        self._encounters = Encounters()

    @classmethod
    def of(cls, entries: list[dict[str, Any]]) -> Self:
        """Make it of a plan's ``tasks``, with the fields above.

        Raises
        ------
        pydantic.ValidationError
            Naming every field that is unknown, missing or unusable.
        """
        return cls(TypeAdapter(list[TaskFault]).validate_python(entries))

    def around(self, attempt: Attempt, task: Callable[[], Any]) -> Any:
        """Carry out a state, or let it fail as the plan says."""
        fault = self._encounters.first(
            self.faults, lambda fault: fault.fits(attempt), attempt.execution
        )
        if fault is None:
            return task()
        if fault.kind == "error":
            raise attempt.fail(fault.error, fault.cause)
        if fault.kind in attempt.ends:
            return _ended(task, attempt.ends[fault.kind])
        result = _within(fault.seconds, task)
        if fault.kind == "lost":
            raise attempt.fail(fault.error, fault.cause)
        return {} if fault.kind == "malformed" else result


def _ended(task: Callable[[], Any], end: Callable[[], Any]) -> Any:
    """Carry out a state during which its execution is ended, however quick it is."""
    timer = threading.Timer(_END_SECONDS, copy_context().run, args=(end,))
    timer.start()
    try:
        return task()
    finally:
        timer.join()


def _within(seconds: float | None, task: Callable[[], Any]) -> Any:
    """Carry out a state; after so many seconds it continues unattended, with no result."""
    if seconds is None:
        return task()
    results: list[Any] = []
    run = copy_context().run
    thread = threading.Thread(target=lambda: results.append(run(task)), daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else None
