"""Lambdas at once: each is a process here, and this machine runs fewer of them than AWS.

Invocations beyond that wait before their time begins to count, in the order in which they came; so
a burst of uploads fills neither memory nor time limits. A function that invokes another and waits
for it holds two places.
"""

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.ministack_internals import lambda_svc, stepfunctions

AT_ONCE = 8
_has_place: contextvars.ContextVar[bool] = contextvars.ContextVar("has_place", default=False)


class Places:
    """A number of places, given in the order in which they are asked for.

    Parameters
    ----------
    count
        Places.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place, waiting for it if need be."""
        with self._lock:
            mine = threading.Event()
            if self._free:
                self._free -= 1
                mine.set()
            else:
                self._waiting.append(mine)
        mine.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._free += 1


def install(count: int = AT_ONCE) -> None:
    """Let invocations wait for a place."""
    places = Places(count)
    invoke = stepfunctions.invoke_resource_with_timeout
    execute = lambda_svc.execute_function

    def in_place(work: Callable[..., Any], *arguments: Any) -> Any:
        if _has_place.get():
            return work(*arguments)
        with places.one():
            token = _has_place.set(True)
            try:
                return work(*arguments)
            finally:
                _has_place.reset(token)

    def invoke_in_place(resource: str, arguments: Any, seconds: Any) -> Any:
        if ":lambda:" not in resource:
            return invoke(resource, arguments, seconds)
        return in_place(invoke, resource, arguments, seconds)

    stepfunctions.invoke_resource_with_timeout = invoke_in_place
    lambda_svc.execute_function = lambda func, event: in_place(execute, func, event)
