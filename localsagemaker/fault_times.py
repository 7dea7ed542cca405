"""When a fault on purpose happens: by number and by time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class When:
    """Which of the events that a fault fits it meets: all, if nothing is said.

    Parameters
    ----------
    nth
        Only these, counted from 1.
    from_second, to_second
        Only between these seconds since the service started; no end if none is given.
    """

    nth: tuple[int, ...] = ()
    from_second: float = 0.0
    to_second: float | None = None

    def holds(self, number: int, second: float) -> bool:
        """Say whether the fault meets the ``number``-th event, which comes at ``second``."""
        over = self.to_second is not None and second >= self.to_second
        return second >= self.from_second and not over and (not self.nth or number in self.nth)


Fault = TypeVar("Fault", bound=When)


class Encounters:
    """Counts what each fault fitted since the service started."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._seen: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    def first(
        self, faults: Sequence[Fault], fits: Callable[[Fault], bool], whose: str = ""
    ) -> Fault | None:
        """Count an event for every fault that fits it; return the first one that meets it.

        Parameters
        ----------
        whose
            Events are counted for each of these apart.
        """
        second, met = time.monotonic() - self._started, []
        with self._lock:
            for index, fault in enumerate(faults):
                if fits(fault):
                    self._seen[index, whose] += 1
                    if fault.holds(self._seen[index, whose], second):
                        met.append(fault)
        return met[0] if met else None
