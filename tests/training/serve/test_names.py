"""Names that a file may have are names at the endpoint: with line breaks, or alike but for case."""

import pytest

from training.schema import Schema
from training.serve.csv_body import parse_csv

SCHEMA = Schema("binary", "t", (("age\n(years)", "numeric"), ("Y", "numeric"), ("y", "numeric")))


@pytest.mark.parametrize(
    "body",
    [
        '"age\n(years)",Y,y\n1,2,3\n',
        '"age\r\n(years)",Y,y\r\n1,2,3\r\n',
        'y,Y,"age\n(years)"\n3,2,1\n',
        "1,2,3\n",
    ],
)
def test_columns_are_taken_by_their_own_names(body: str) -> None:
    assert parse_csv(SCHEMA, body).numeric.tolist() == [[1.0, 2.0, 3.0]]
