"""What sets a serverless endpoint apart: it sleeps when idle, and limits requests at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from localsagemaker.errors import ApiError


class Serverless:
    """Wakes a container for a request and puts it to sleep afterwards.

    One container stands for all that AWS would start for requests at the same time.

    Parameters
    ----------
    config
        The variant's ``ServerlessConfig``.
    wake, sleep
        Start the container and wait until it is healthy; end it.
    idle_seconds
        How long it stays awake without a request.
    """

    def __init__(
        self,
        config: dict[str, Any],
        *,
        wake: Callable[[], None],
        sleep: Callable[[], None],
        idle_seconds: float,
    ) -> None:
        self._config, self._wake, self._sleep = config, wake, sleep
        self._idle_seconds = idle_seconds
        self._lock = threading.RLock()
        self._busy = 0
        self._timer: threading.Timer | None = None
        self._is_awake = True  # creation ends with a container that has answered a ping

    @contextmanager
    def request(self) -> Iterator[None]:
        """Hold the container awake for one request.

        Raises
        ------
        ApiError
            ``ThrottlingException`` above ``MaxConcurrency``.
        """
        with self._lock:
            if self._busy >= self._config["MaxConcurrency"]:
                raise ApiError("ThrottlingException", "Rate exceeded", 429)
            self._busy += 1
        try:
            with self._lock:
                self._cancel()
                if not self._is_awake:
                    self._wake()
                    self._is_awake = True
            yield
        finally:
            with self._lock:
                self._busy -= 1
                self.rest()

    def rest(self) -> None:
        """Go to sleep after a while without requests."""
        with self._lock:
            self._cancel()
            if self._busy == 0:
                self._timer = threading.Timer(self._idle_seconds, self._fall_asleep)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Stay as it is for good."""
        with self._lock:
            self._cancel()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _fall_asleep(self) -> None:
        with self._lock:
            if self._busy == 0 and self._is_awake and self._timer:
                self._is_awake = False
                self._sleep()
