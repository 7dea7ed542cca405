"""Rows sent to an endpoint in requests that it takes, and its answers, one table for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from lambdas.shared.findings.message import Message
from lambdas.shared.requests import LARGEST_REQUEST, RequestFailed, Requests, Sizing

Lines = Sequence[bytes]


class Asked:
    """Asks for rows in the order of the file.

    Parameters
    ----------
    requests : Requests
    content_type, accept : str
        How rows are written, and what is asked of them.
    has_time : callable
        Whether another request may be sent.

    Attributes
    ----------
    seconds : float
        Of all requests that were answered.
    """

    def __init__(
        self, requests: Requests, content_type: str, accept: str, has_time: Callable[[], bool]
    ) -> None:
        self._requests, self._has_time = requests, has_time
        self._types = content_type, accept
        self._size = Sizing()
        self.seconds = 0.0

    def answers(self, lines: Lines) -> Iterator[bytes]:
        """Yield the answers: CSV with a header each.

        Parameters
        ----------
        lines : sequence of bytes
            Rows, each with its line end.

        Raises
        ------
        RequestFailed
            If there is none, if it is not one for each row, or once there is no time.
        """
        while lines:
            batch = self._first(lines)
            yield from self._ask(batch)
            lines = lines[len(batch) :]

    def _first(self, lines: Lines) -> Lines:
        size, count = 0, 0
        for line in lines[: self._size.rows]:
            size += len(line)
            if count and size > LARGEST_REQUEST:
                break
            count += 1
        return lines[:count]

    def _ask(self, batch: Lines) -> Iterator[bytes]:
        if not self._has_time():
            raise RequestFailed(Message("it takes the endpoint too long"))
        found = self._requests.send(b"".join(batch), *self._types, can_shrink=len(batch) > 1)
        if found is None:
            self._size.too_many(len(batch))
            middle = len(batch) // 2
            yield from self._ask(batch[:middle])
            yield from self._ask(batch[middle:])
            return
        answer, milliseconds = found
        self.seconds += milliseconds / 1000
        if _rows(answer) != len(batch):
            raise RequestFailed(Message("the answer is not a table of predictions"))
        self._size.learn(len(batch), len(answer), milliseconds)
        yield answer


def _rows(answer: bytes) -> int | None:
    try:
        return sum(1 for _ in csv.reader(io.StringIO(answer.decode(), newline=""))) - 1
    except (ValueError, csv.Error):
        return None
