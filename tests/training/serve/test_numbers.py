"""The quick reader of numbers gives what the careful one gives, or nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import RequestError
from training.schema import Schema
from training.serve.csv_body import _parse_numbers, parse_records, read_records
from training.serve.numbers import lines_to_numbers, to_numbers

SCHEMA = Schema("regression", "y", (("a", "numeric"), ("b", "numeric"), ("c", "numeric")))
CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers().map(str),
    st.sampled_from(["", "nan", "NaN", " 1", "1e400", "inf", "-0", "1_0", "x", '"1"', "1e5", "+3"]),
)
HEADERS = ["", "c,a,b", "a,b", "a,b,c,d", "a,a,b", "a,b,c"]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(HEADERS),
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_quick_and_careful_agree(header, rows, ending, ended):
    lines = ([header] if header else []) + [",".join(row) for row in rows]
    text = ending.join(lines) + (ending if ended else "")
    quick = _parse_numbers(SCHEMA, text, lacks_header=False)
    if quick is None:
        return
    try:
        careful = parse_records(SCHEMA, read_records(SCHEMA, text))
    except RequestError as error:
        pytest.fail(f"the quick reader took what the careful one refuses: {error.message}")
    assert quick.rows == careful.rows
    assert quick.numeric.tobytes() == careful.numeric.tobytes()


def test_the_quick_reader_takes_what_evaluations_send():
    text = "c,a,b\n1.5,,-2e-9\n,nan,3\n7,8,\n"
    table = _parse_numbers(SCHEMA, text, lacks_header=False)
    expected = [[math.nan, -2e-9, 1.5], [math.nan, 3, math.nan], [8, math.nan, 7]]
    assert np.array_equal(table.numeric, expected, equal_nan=True)


@pytest.mark.parametrize("text", ["1,x", "1,2\n3", '"1",2', "1,1_0", "1,inf", "", "1,2,3"])
def test_the_quick_reader_leaves_the_rest(text):
    assert lines_to_numbers(text, 2) is None


def test_cells_of_all_kinds():
    assert np.array_equal(
        to_numbers(["1.5", 2, 3.0, None, "", "nan"]), [1.5, 2, 3, *[math.nan] * 3], equal_nan=True
    )
    for bad in (True, [1], "1_0", "x", "inf", 10**400, {}):
        assert to_numbers([1.0, bad]) is None
