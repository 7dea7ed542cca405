"""What an endpoint answers: a table of predictions, checked against the rows sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.evaluate.batches import Batch
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message

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


def parse(body: bytes, batch: Batch, milliseconds: float) -> Answer:
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
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
        if not _fits(header, rows, rows_sent):
            return None
        for row in rows:
            for cell in row[1:]:
                float(cell)
    except (ValueError, csv.Error):
        return None
    return Answer(header, rows, [milliseconds], len(body))


def _fits(header: list[str], rows: list[list[str]], rows_sent: int) -> bool:
    named = header[:1] == [PREDICTION] and all(name.startswith(PROBABILITY) for name in header[1:])
    return named and len(rows) == rows_sent and all(len(row) == len(header) for row in rows)
