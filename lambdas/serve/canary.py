"""Ask the endpoint a few test rows; it must answer as the evaluated model did."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from itertools import islice

from lambdas.shared.findings.message import Message

ROWS = 5
# The same model on another machine may round its last digits otherwise.
_TOLERANCE = 1e-6


def request(lines: Iterable[str], target: str) -> bytes:
    """Return the first test rows as a request: CSV with header, without the target."""
    records = list(islice(csv.reader(lines), ROWS + 1))
    position = records[0].index(target)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(record[:position] + record[position + 1 :] for record in records)
    return text.getvalue().encode()


def expected(lines: Iterable[str]) -> list[list[str]]:
    """Return header and first rows of a predictions file, as the endpoint answers them."""
    records = list(islice(csv.reader(lines), ROWS + 1))
    wanted = [
        place
        for place, name in enumerate(records[0])
        if name == "prediction" or name.startswith("probability:")
    ]
    return [[record[place] for place in wanted] for record in records]


def difference(body: bytes, known: list[list[str]]) -> Message | None:
    """Return how an answer differs from the known one, without its values; None if it does not."""
    try:
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True)
    except (ValueError, csv.Error):
        return Message("the answer is not a table")
    places = {name: place for place, name in enumerate(header)}
    if not all(name in places for name in known[0]) or len(rows) != len(known) - 1:
        return Message("the answer has different columns or a different number of rows")
    for number, (row, right) in enumerate(zip(rows, known[1:], strict=True), start=1):
        given = [row[places[name]] for name in known[0]]
        if not all(_same(*pair) for pair in zip(given, right, strict=True)):
            return Message(
                "test row {row} is answered differently than in the evaluation", row=str(number)
            )
    return None


def _same(given: str, right: str) -> bool:
    if given == right:
        return True
    try:
        return math.isclose(float(given), float(right), rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    except ValueError:
        return False
