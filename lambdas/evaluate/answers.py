"""What an endpoint answers: a table of predictions, checked against the rows sent."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from lambdas.evaluate.batches import Batch
from lambdas.shared.errors import EndpointRejected

PROBABILITY = "probability:"


@dataclass(frozen=True)
class Answer:
    """What the endpoint said about a batch.

    Parameters
    ----------
    predictions : list of str
        As text, one a row.
    labels : list of str
        Classes, in the order of ``probabilities``; empty for regression.
    probabilities : list of list of float
        Shape (rows, classes).
    milliseconds : float
        Time of the attempt that succeeded.
    size : int
        Bytes of the response.
    """

    predictions: list[str]
    labels: list[str]
    probabilities: list[list[float]]
    milliseconds: float
    size: int


def rows_of(batch: Batch) -> str:
    """Return which test rows a batch holds, for a message."""
    return f"{batch.first_row} to {batch.first_row + len(batch.truth) - 1}"


def parse(body: bytes, batch: Batch, milliseconds: float) -> Answer:
    """Read a CSV response: ``prediction,probability:<class>,...``.

    Raises
    ------
    EndpointRejected
        If it is not such a table with a row for each row sent.
    """
    answer = _read(body, len(batch.truth), milliseconds)
    if answer is None:
        rows = rows_of(batch)
        raise EndpointRejected(
            f"rows {rows} of the test rows: the answer is no table of predictions"
        )
    return answer


def _read(body: bytes, rows_sent: int, milliseconds: float) -> Answer | None:
    try:
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
        if not _fits(header, rows, rows_sent):
            return None
        probabilities = [[float(cell) for cell in row[1:]] for row in rows]
    except (ValueError, csv.Error):
        return None
    labels = [name.removeprefix(PROBABILITY) for name in header[1:]]
    return Answer([row[0] for row in rows], labels, probabilities, milliseconds, len(body))


def _fits(header: list[str], rows: list[list[str]], rows_sent: int) -> bool:
    named = header[:1] == ["prediction"] and all(
        name.startswith(PROBABILITY) for name in header[1:]
    )
    return named and len(rows) == rows_sent and all(len(row) == len(header) for row in rows)
