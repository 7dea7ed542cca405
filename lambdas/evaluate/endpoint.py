"""Ask the endpoint, again or in smaller parts where that helps, and read what it answers."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.evaluate.batches import Batch
from lambdas.evaluate.explained import Explained, explained, together
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message
from lambdas.shared.requests import RequestFailed, Requests, Sizing

Threshold = dict[str, Any] | None  # as model.json has it; None for numbers, and for an old model


class Endpoint:
    """A live endpoint.

    Parameters
    ----------
    requests : Requests
    size : Sizing
        Learns from every answer, and from requests that were too large.
    """

    def __init__(self, requests: Requests, size: Sizing) -> None:
        self._requests = requests
        self._size = size

    def ask(self, batch: Batch) -> Answer:
        """Send one batch.

        Raises
        ------
        EndpointRejected
            If the answer is an error that neither a retry nor smaller requests fix, or does not
            fit the request.
        """
        answered = self._answered(batch, "text/csv")
        if answered is None:
            return self._in_halves(batch)
        return self._learnt(parse(*answered, batch))

    def explain(self, batch: Batch) -> Explained:
        """Send one batch and ask for the reasons of the answers.

        Raises
        ------
        EndpointRejected
            As `ask` does, and if the answer has no reasons, as those of older models.
        """
        answered = self._answered(batch, "application/json; explain=true")
        if answered is None:
            return together([self.explain(half) for half in batch.halves()])
        return explained(*answered, len(batch.rows))

    def threshold(self, batch: Batch) -> Threshold:
        """Return how the model tells classes from probabilities, which only JSON says.

        Raises
        ------
        EndpointRejected
            As `ask` does.
        """
        answered = self._answered(batch, "application/json")
        if answered is None:
            return self.threshold(batch.halves()[0])
        return parse_threshold(answered[0], batch)

    def _answered(self, batch: Batch, accept: str) -> tuple[bytes, float] | None:
        """Return the answer and its milliseconds; None where smaller requests may help."""
        try:
            return self._requests.send(
                batch.body, "text/csv", accept, can_shrink=len(batch.rows) > 1
            )
        except RequestFailed as error:
            raise EndpointRejected(
                Message("test rows {rows}: {problem}", rows=batch.place, problem=error.problem)
            ) from None

    def _learnt(self, answer: Answer) -> Answer:
        self._size.learn(len(answer.rows), answer.size, answer.milliseconds[0])
        return answer

    def _in_halves(self, batch: Batch) -> Answer:
        self._size.too_many(len(batch.rows))
        return joined([self.ask(half) for half in batch.halves()], batch)


PREDICTION = "prediction"
PROBABILITY = "probability:"


@dataclass(frozen=True)
class Answer:
    """What the endpoint said about a batch.

    Parameters
    ----------
    columns : list of str
        ``prediction``, and for classes ``probability:<class>`` each.
    rows : list of list of str
        Cells of each row, with every digit as answered.
    milliseconds : list of float
        Time of each request that succeeded; several where the batch had to be halved.
    size : int
        Bytes of the response.
    """

    columns: list[str]
    rows: list[list[str]]
    milliseconds: list[float]
    size: int


def parse(body: bytes, milliseconds: float, batch: Batch) -> Answer:
    """Read a CSV response: ``prediction,probability:<class>,...``.

    Raises
    ------
    EndpointRejected
        If it is not such a table with a row for each row sent.
    """
    answer = _read(body, len(batch.rows), milliseconds)
    if answer is None:
        raise EndpointRejected(
            Message("test rows {rows}: the answer is not a table of predictions", rows=batch.place)
        )
    return answer


def parse_threshold(body: bytes, batch: Batch) -> Threshold:
    """Read the threshold beside the predictions of a JSON response; None if there is none.

    Raises
    ------
    EndpointRejected
        If it is not such a response.
    """
    try:
        found = json.loads(body).get("threshold")
    except (ValueError, AttributeError):
        found = ()
    if not isinstance(found, dict | None):
        raise EndpointRejected(
            Message("test rows {rows}: the answer is not a table of predictions", rows=batch.place)
        )
    return found


def joined(answers: Sequence[Answer], batch: Batch) -> Answer:
    """Return the answers to the parts of a batch as one.

    Raises
    ------
    EndpointRejected
        If they name different columns.
    """
    first = answers[0]
    if any(answer.columns != first.columns for answer in answers):
        raise EndpointRejected(
            Message("test rows {rows}: the answers name different classes", rows=batch.place)
        )
    return Answer(
        first.columns,
        [row for answer in answers for row in answer.rows],
        [each for answer in answers for each in answer.milliseconds],
        sum(answer.size for answer in answers),
    )


def _read(body: bytes, rows_sent: int, milliseconds: float) -> Answer | None:
    try:
        header, *rows = _records(body.decode("utf-8"))
        if not _fits(header, rows, rows_sent):
            return None
        for numbers in list(zip(*rows, strict=True))[1:]:
            deque(map(float, numbers), maxlen=0)  # raises for what is none
    except (ValueError, csv.Error):
        return None
    return Answer(header, rows, [milliseconds], len(body))


def _records(text: str) -> list[list[str]]:
    if '"' in text or "\r" in text:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return [line.split(",") for line in text.removesuffix("\n").split("\n")]


def _fits(header: list[str], rows: list[list[str]], rows_sent: int) -> bool:
    named = header[:1] == [PREDICTION] and all(name.startswith(PROBABILITY) for name in header[1:])
    return named and len(rows) == rows_sent and all(len(row) == len(header) for row in rows)
