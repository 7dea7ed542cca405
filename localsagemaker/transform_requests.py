"""A transform job's requests to its container: several at a time, tried again, answers in order."""

import http.client
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from localsagemaker.model_container import exchange
from localsagemaker.transform_records import ALGORITHM_ERROR, CLIENT_ERROR, InputError, no_answer

_TIMEOUT_SECONDS, _RETRIES = 600, 3  # AWS's defaults
_POLL_SECONDS = 0.05
_CLIENT_ERRORS, _SUCCESSES = range(400, 500), range(200, 300)
Work = TypeVar("Work")
Result = TypeVar("Result")


class Invocations:
    """Sends payloads to ``/invocations``.

    What is tried again AWS does not say; here it is a request without an answer, or with a status
    of 500 or above.

    Parameters
    ----------
    request
        Of CreateTransformJob.
    stop
        Set once the job is to end: then nothing is tried again.
    pause_seconds
        Before the first new try; twice as long before each further one.
    """

    def __init__(
        self, port: int, request: dict[str, Any], stop: threading.Event, pause_seconds: float
    ) -> None:
        self._port, self._stop, self._pause = port, stop, pause_seconds
        config = request.get("ModelClientConfig", {})
        self._seconds: int = config.get("InvocationsTimeoutInSeconds", _TIMEOUT_SECONDS)
        self._retries: int = config.get("InvocationsMaxRetries", _RETRIES)
        given = {
            "Content-Type": request["TransformInput"].get("ContentType"),
            "Accept": request["TransformOutput"].get("Accept"),
        }
        self._headers = {name: value for name, value in given.items() if value}

    def send(self, payload: bytes) -> bytes:
        """Return the answer to a payload.

        Raises
        ------
        InputError
        """
        tries = 0
        while True:
            try:
                return self._try(payload)
            except InputError as error:
                again = error.reason != CLIENT_ERROR and tries < self._retries
                if not again or self._stop.wait(self._pause * 2**tries):
                    raise
            tries += 1

    def _try(self, payload: bytes) -> bytes:
        try:
            status, _, answer = exchange(
                self._port,
                "POST",
                "/invocations",
                payload,
                self._headers,
                seconds=self._seconds,
            )
        except TimeoutError:
            raise InputError(
                ALGORITHM_ERROR,
                "Model server did not respond to /invocations request within "
                f"{self._seconds} seconds",
            ) from None
        except (OSError, http.client.HTTPException):
            raise no_answer() from None
        if status in _SUCCESSES:
            return answer
        text = f"\n\nMessage:\n{answer.decode('utf-8', 'replace')}"
        if status in _CLIENT_ERRORS:
            raise InputError(CLIENT_ERROR, f"ClientError: {status}{text}")
        raise InputError(
            ALGORITHM_ERROR, f"Bad HTTP status received from algorithm: {status}{text}"
        )


class StoppedError(Exception):
    """The job was stopped while it waited."""


def in_order(
    work: Iterator[Work], do: Callable[[Work], Result], most: int, stop: threading.Event
) -> Iterator[tuple[Work, Future[Result]]]:
    """Do work on several threads; yield each piece with its outcome, in the order of the work.

    Parameters
    ----------
    most
        So many pieces are under way at the same time; one more is taken meanwhile.
    stop
        Ends it, with what is under way left alone.

    Raises
    ------
    StoppedError
    """
    pool = ThreadPoolExecutor(most, thread_name_prefix="transform")
    under_way: deque[tuple[Work, Future[Result]]] = deque()

    def oldest() -> tuple[Work, Future[Result]]:
        piece, future = under_way.popleft()
        while not wait([future], _POLL_SECONDS).done:
            if stop.is_set():
                raise StoppedError
        return piece, future

    try:
        for piece in work:
            done = [oldest()] if len(under_way) == most else []
            under_way.append((piece, pool.submit(do, piece)))
            yield from done  # while the next piece is under way
        while under_way:
            yield oldest()
    finally:
        pool.shutdown(wait=not stop.is_set(), cancel_futures=True)
