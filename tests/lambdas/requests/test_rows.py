"""Captured requests are read as the endpoint reads them, whatever their form."""

import io
import json
from typing import Any

import numpy as np
import pytest

from lambdas.predict.trained import Trained
from lambdas.requests.cells import Cells, UnreadableError
from lambdas.requests.exchange import read_exchange
from lambdas.requests.rows import is_refused, read_rows
from tests.lambdas.requests.captures import answers, line
from training.schema import parse_schema
from training.serve.body import parse_request

SCHEMA: dict[str, Any] = {
    "version": 2,
    "task": "binary",
    "target": "y",
    "features": [
        {
            "name": "amount",
            "type": "numeric",
            "written": {"decimal": ",", "units": [], "words": []},
        },
        {"name": "age", "type": "numeric"},
        {"name": "city", "type": "categorical"},
        {"name": "day", "type": "datetime"},
    ],
    "missing": ["-"],
}
PLAIN = {**SCHEMA, "features": [SCHEMA["features"][1], {"name": "size", "type": "numeric"}]}
ROWS = '{"amount": 1234.5, "age": 40, "city": "Bogotá", "day": "2026-01-02"}'
NULLS = '{"amount": null, "age": "-", "city": 7, "day": null}'


def read(raw: bytes, schema: dict[str, Any] = SCHEMA) -> list[tuple[list[Any], str]]:
    exchange = read_exchange(raw)
    assert exchange is not None
    return read_rows(exchange, Cells(Trained(schema, {})))


def as_the_endpoint(body: bytes | str, content_type: str, schema: dict[str, Any]) -> list[Any]:
    """Return the rows as the endpoint takes them, in the schema's order."""
    parsed = parse_schema(schema)
    table = parse_request(parsed, body, content_type)
    places = dict(zip(parsed.numeric, table.numeric.T, strict=True))
    places |= dict(zip(parsed.written, table.written.T, strict=True))
    rows = zip(*(places[name].tolist() for name in parsed.names), strict=True)
    return [[None if cell != cell else cell for cell in row] for row in rows]  # noqa: PLR0124


@pytest.mark.parametrize(
    ("body", "content_type", "count"),
    [
        ('day,city,age,amount,more\n2026-01-02,Bogotá,40,"1.234,5",x\n', "text/csv", 1),
        ("amount;age;city;day\r\n1.234,5;40;Bogotá;2026-01-02\r\n;-;-;\r\n", "text/csv", 2),
        ('"1.234,5",40,Bogotá,2026-01-02', "text/csv", 1),
        ('"1.234,5",40,city,2026-01-02\n', "text/csv; header=absent", 1),
        ('\ufeffamount,age,city,day\n"0,5",1,"a\nb",\n', "text/csv; charset=utf-8", 1),
        (f'{{"instances": [{ROWS}, {NULLS}]}}', "application/json", 2),
        (
            '{"columns": ["day", "city", "age", "amount"], "rows": [[null, "x", 2.5, "7,5"]]}',
            "application/json; charset=utf-8",
            1,
        ),
        (f"{ROWS}\n\n{NULLS}\n".encode(), "application/jsonlines", 2),
    ],
)
@pytest.mark.parametrize("is_base64", [False, True])
def test_every_form_gives_the_rows_that_the_endpoint_takes(
    body: str | bytes, content_type: str, count: int, *, is_base64: bool
) -> None:
    sent = body.encode() if is_base64 and isinstance(body, str) else body
    found = read(line(sent, content_type, answers(*["yes"] * count)))
    assert [row for row, _ in found] == as_the_endpoint(body, content_type, SCHEMA)
    assert [answer for _, answer in found] == ["yes"] * count


def test_an_array_is_read_by_position() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([[1.5, np.nan], [2, 3]]))
    raw = line(buffer.getvalue(), "application/x-npy", answers("yes", "no"))
    assert read(raw, PLAIN) == [([1.5, None], "yes"), ([2.0, 3.0], "no")]


def test_answers_are_read_from_json_with_every_digit() -> None:
    answer = '{"predictions": [{"prediction": 0.1234567890123456789}, {"prediction": 3}]}'
    found = read(line("1,2\n3,4\n", answer=answer, answer_type="application/json"), PLAIN)
    assert [each for _, each in found] == ["0.1234567890123456789", "3"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("amount,age\n1,2\n", answers("yes")),  # columns are missing
        ("x,40,Bogotá,2026-01-02", answers("yes")),  # no number
        ("1,1_000,Bogotá,2026-01-02", answers("yes")),
        ("1,inf,Bogotá,2026-01-02", answers("yes")),
        ('"1",2,"x', answers("yes")),  # no CSV
        ("", answers()),
        ("1,2,x,2026-01-02", answers("yes", "no")),  # more answers than rows
        ("1,2,x,2026-01-02", "probability:yes\n0.5\n"),  # no predictions
        ("amount,age,city,day\n1,2\n", answers("yes")),
    ],
)
def test_what_the_version_did_not_answer_is_no_row(body: str, answer: str) -> None:
    with pytest.raises(UnreadableError):
        read(line(body, answer=answer))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"null",
        b'{"captureData": {}, "eventMetadata": {}}',
        line("1", inferenceTime="yesterday"),
        line("1", inferenceTime=None),
        line("1").replace(b'"data": "1"', b'"data": 1'),
        line(b"1").replace(b'"MQ=="', b'"M"'),
        b'{"captureData": ' + b"[" * 100_000,
    ],
)
def test_a_broken_line_is_none(raw: bytes) -> None:
    assert read_exchange(raw) is None


def test_an_answer_that_names_a_mistake_is_a_refusal() -> None:
    for answer, refused in (
        ('{"error": "no"}', True),
        ('{"predictions": []}', False),
        ("a", False),
    ):
        exchange = read_exchange(line("1", answer=answer, answer_type="application/json"))
        assert exchange is not None
        assert is_refused(exchange.answered) is refused


def test_a_request_of_molino_itself_is_known() -> None:
    for attributes, own in ((["molino"], True), (["trace=1"], False), (None, False)):
        exchange = read_exchange(line("1", customAttributes=attributes))
        assert exchange is not None
        assert exchange.is_own is own


def test_where_nothing_says_what_a_body_is_its_encoding_does() -> None:
    record = json.loads(line("1,2\n", answer=answers("yes")))
    del record["captureData"]["endpointInput"]["observedContentType"]
    assert read(json.dumps(record).encode(), PLAIN) == [([1.0, 2.0], "yes")]
