"""Faults on purpose in a state machine's tasks, for services that can't fail on order."""

import json
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

Kind = Literal["error", "lost", "malformed", "abort"]
_ABORT_SECONDS = 0.2  # into the task


@dataclass(frozen=True)
class TaskFault:
    """What happens to a task.

    Parameters
    ----------
    state
        Name of the state.
    kind
        ``error``: it is not carried out and fails with ``error`` and ``cause``; ``lost``: it is
        carried out, then fails so; ``malformed``: its answer is empty; ``abort``: the execution is
        stopped while it runs.
    execution
        Shell pattern that the execution's name matches.
    times
        How many of an execution's attempts it meets; 0 means all.
    """

    state: str
    kind: Kind
    execution: str = "*"
    error: str = "States.Timeout"
    cause: str = ""
    times: int = 0


@dataclass
class TaskFaults:
    """Which tasks fail; counts what it has met."""

    faults: list[TaskFault] = field(default_factory=list)
    _met: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read the ``tasks`` of a plan: ``{"tasks": [{…}]}`` with the fields above."""
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls([TaskFault(**entry) for entry in document.get("tasks", [])])

    def around(
        self,
        execution: str,
        state: str,
        task: Callable[[], Any],
        fail: Callable[[str, str], Exception],
        abort: Callable[[], Any],
    ) -> Any:
        """Carry out a task, or let it fail as the plan says.

        Parameters
        ----------
        fail
            Makes the exception of an error and a cause.
        abort
            Stops the execution.
        """
        fault = self._next(execution, state)
        if fault is None:
            return task()
        if fault.kind == "error":
            raise fail(fault.error, fault.cause)
        if fault.kind == "abort":
            return _aborted(task, abort)
        result = task()
        if fault.kind == "lost":
            raise fail(fault.error, fault.cause)
        return {} if fault.kind == "malformed" else result

    def _next(self, execution: str, state: str) -> TaskFault | None:
        with self._lock:
            for index, fault in enumerate(self.faults):
                if fault.state != state or not fnmatchcase(execution, fault.execution):
                    continue
                met = self._met[index, execution] = self._met.get((index, execution), 0) + 1
                if not fault.times or met <= fault.times:
                    return fault
        return None


def _aborted(task: Callable[[], Any], abort: Callable[[], Any]) -> Any:
    """Carry out a task during which its execution is stopped, however quick it is."""
    timer = threading.Timer(_ABORT_SECONDS, copy_context().run, args=(abort,))
    timer.start()
    try:
        return task()
    finally:
        timer.join()
