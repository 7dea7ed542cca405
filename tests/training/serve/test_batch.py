"""What batch transform asks for: rows without a header or a line of JSON each, and details."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.serve.test_serving import HEADER, LINE, ROW, predicted, send
from training.errors import RequestError
from training.model.threshold import Threshold
from training.schema import Schema
from training.serve.answers import to_csv
from training.serve.body import parse_request
from training.serve.hooks import answer
from training.serve.media_types import JSON_LINES
from training.serve.predictor import Outcome

ABSENT = "text/csv; header=absent"


def threshold(**by_class: float) -> Threshold:
    return Threshold("cost", "asked", 1.0, "b", by_class or None)


def lines(outcome: Outcome) -> list[str]:
    return to_csv(outcome, details=True).splitlines()


@pytest.mark.parametrize("content_type", [ABSENT, 'text/csv;charset=utf-8;Header="absent"'])
def test_a_first_line_that_looks_like_a_header_is_a_row(content_type: str) -> None:
    words = Schema("binary", "y", (("dose", "categorical"), ("drug", "categorical")))
    table = parse_request(words, b"drug,dose\na;b,c\n", content_type)
    assert table.written.tolist() == [["drug", "dose"], ["a;b", "c"]]
    numbers = Schema("binary", "y", (("1", "numeric"), ("2", "numeric")))
    assert parse_request(numbers, b"2,1\n3,4\n", content_type).numeric.tolist() == [[2, 1], [3, 4]]


def test_without_a_header_there_are_the_features(penguin_model):
    assert predicted(penguin_model, f"{LINE}\n", ABSENT) == predicted(penguin_model, LINE)
    status, error = send(penguin_model, f"{HEADER}\n{LINE}\n", ABSENT)
    assert status == 400
    assert "row 1" in error


def test_json_lines_are_records(penguin_model):
    text = "".join(f"{json.dumps(row)}\n" for row in (ROW, dict(reversed(ROW.items())), ROW))
    once = predicted(penguin_model, LINE)
    for body in (text, f"\ufeff{text}\n".encode()):
        assert predicted(penguin_model, body, JSON_LINES) == once * 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "no rows"),
        ("{\n}", "not JSON"),
        ("[1]\n", "instances"),
        (json.dumps({"island": "Biscoe"}), "missing column"),
        (json.dumps(ROW | {"sex": "\ud800"}), "halves of letters"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_other_lines_are_refused(penguin_model, body, problem):
    status, error = send(penguin_model, body, JSON_LINES)
    assert status == 400
    assert problem in error


def test_details_of_two_classes_are_the_threshold():
    outcome = Outcome(
        ["a", "b"], ["a", "b"], np.array([[0.8, 0.2], [0.6, 0.4]]), {}, threshold(a=0.7, b=0.3)
    )
    assert lines(outcome) == [
        "prediction,probability:a,probability:b,threshold",
        "a,0.8,0.2,0.3",
        "b,0.6,0.4,0.3",
    ]
    for known in (None, threshold()):
        plain = Outcome(["a"], ["a", "b"], np.array([[0.8, 0.2]]), {}, known)
        assert lines(plain)[1] == "a,0.8,0.2,0.5"


def test_details_of_numbers_are_the_interval_of_nine_in_ten():
    outcome = Outcome([2.5], None, None, {"0.8": 0.5, "0.9": 1.0})
    assert lines(outcome) == ["prediction,low,high", "2.5,1.5,3.5"]
    assert lines(Outcome([2.5], None, None, {"0.8": 0.5})) == ["prediction", "2.5"]


def test_details_are_given_to_who_asks(penguin_model):
    three = send(penguin_model, LINE, "text/csv", "text/csv")[1]
    text, media_type = answer(penguin_model, LINE, "text/csv", "text/csv; details=true")
    assert (text, media_type) == (three, "text/csv")  # of more classes there is no more to tell


def test_a_request_that_is_no_table_is_a_request_error():
    with pytest.raises(RequestError):
        parse_request(Schema("binary", "y", (("a", "numeric"),)), b"\xff", JSON_LINES)
