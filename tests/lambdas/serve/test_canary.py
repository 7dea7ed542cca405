"""The canary: what it asks, what it knows, and what it tells of a difference."""

import pytest

from lambdas.serve.canary import difference, expected, request

TEST = ["age,outcome,sex\n", '50,yes,"f, or\nnot"\n', "60,no,m\n"]
PREDICTIONS = [
    "row,actual,prediction,probability:no,probability:yes\n",
    "1,yes,yes,0.25,0.75\n",
    "2,no,no,0.9,0.1\n",
]


def test_the_canary_asks_without_the_target_and_knows_the_answers() -> None:
    assert request(TEST, "outcome") == b'age,sex\n50,"f, or\nnot"\n60,m\n'
    assert expected(PREDICTIONS)[0] == ["prediction", "probability:no", "probability:yes"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\nno,0.9,0.1\n", None),
        (b"prediction,probability:yes,probability:no\nyes,0.7500000001,0.25\nno,0.1,0.9\n", None),
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\nno,0.8,0.2\n", "row 2"),
        (b"prediction,probability:no,probability:yes\nno,0.25,0.75\nno,0.9,0.1\n", "row 1"),
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\n", "number of rows"),
        (b"prediction\nyes\nno\n", "different columns"),
        (b"\xff", "not a table"),
    ],
)
def test_the_canary_tells_a_difference_without_its_values(answer: bytes, told: str | None) -> None:
    found = difference(answer, expected(PREDICTIONS))
    assert found is None if told is None else told in str(found)
    assert "0.8" not in str(found)
