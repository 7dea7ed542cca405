"""The rows of a request, and what was predicted for them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lambdas.requests.cells import Cell, Cells, UnreadableError
from lambdas.requests.exchange import Body, Exchange
from training.written_requests import is_header, lacks_header, read_records

Rows = Sequence[Sequence[Any]]  # in the order of the model's columns
Answers = list[str]
_FORMS = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, csv.Error)


def is_refused(answered: Body) -> bool:
    """Return whether an answer says what is wrong with its request."""
    try:
        document = json.loads(answered.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and set(document) == {"error"}


def read_rows(exchange: Exchange, cells: Cells) -> list[tuple[list[Cell], str]]:
    """Return the rows that an endpoint has answered, each with its prediction.

    Raises
    ------
    UnreadableError
        If this is nothing that the model has answered, whatever is wrong with it.
    """
    names = [feature.name for feature in cells.trained.features]
    try:
        given = _ASKED[exchange.asked.media_type](exchange.asked, names, cells)
        answers = _answers(exchange.answered)
        rows = [cells.row(row) for row in given]
    except _FORMS:
        raise UnreadableError from None
    if not rows or len(rows) != len(answers):
        raise UnreadableError
    return list(zip(rows, answers, strict=True))


def _of_csv(body: Body, names: Sequence[str], cells: Cells) -> Rows:
    without = lacks_header(body.content_type)
    records = read_records(names, body.text, "," if without else None)
    header = [cell.replace("\r\n", "\n") for cell in records[0]]
    if without or not is_header(names, header, cells.fits):
        return records
    return list(_picked(names, header, records[1:]))


def _picked(names: Sequence[str], header: Sequence[Any], rows: Rows) -> Iterator[Sequence[Any]]:
    places = [header.index(name) for name in names]
    for row in rows:
        if len(row) != len(header):
            raise UnreadableError
        yield [row[place] for place in places]


def _of_json(body: Body, names: Sequence[str], _: Cells) -> Rows:
    document = json.loads(body.text)
    if "instances" in document:
        return _of_instances(document["instances"], names)
    return list(_picked(names, document["columns"], document["rows"]))


def _of_lines(body: Body, names: Sequence[str], _: Cells) -> Rows:
    lines = [line for line in body.text.split("\n") if line.strip()]
    return _of_instances(map(json.loads, lines), names)


def _of_instances(instances: Any, names: Sequence[str]) -> Rows:
    return [[instance[name] for name in names] for instance in instances]


def _of_array(body: Body, _: Sequence[str], __: Cells) -> Rows:
    rows: Rows = np.load(io.BytesIO(body.content), allow_pickle=False).tolist()
    return rows


_ASKED: Mapping[str, Callable[[Body, Sequence[str], Cells], Rows]] = {
    "text/csv": _of_csv,
    "application/json": _of_json,
    "application/jsonlines": _of_lines,
    "application/x-npy": _of_array,
}


def _answers(body: Body) -> Answers:
    """Return the predictions, numbers as they are written."""
    if body.media_type == "text/csv":
        header, *rows = csv.reader(io.StringIO(body.text, newline=""), strict=True)
        place = header.index("prediction")
        return [row[place] for row in rows]
    predictions = json.loads(body.text, parse_float=str, parse_int=str)["predictions"]
    return [str(each["prediction"]) for each in predictions]
