"""A request that is refused costs about as much as one that is answered, whatever its form."""

from __future__ import annotations

import json
import time

import pytest

from training.errors import RequestError
from training.schema import Schema
from training.serve import numbers
from training.serve.body import parse_request

WIDE = Schema("regression", "y", tuple((f"c{number}", "numeric") for number in range(4999)))
_SECONDS = 15  # far above what is needed, far below the minutes that it took


def test_the_first_bad_cell_is_found_without_converting_each_alone(monkeypatch):
    converted = []

    def counted(cells):
        converted.append(len(cells))
        return convert(cells)

    convert = numbers.to_numbers
    monkeypatch.setattr(numbers, "to_numbers", counted)
    for place in (0, 1, 4998, 9998, 9999):
        cells = ["1.5"] * 10_000
        cells[place] = "x"
        assert numbers.first_that_is_none(cells) == place + 1
        assert sum(converted) <= len(cells)
        assert len(converted) < 20
        converted.clear()
    assert numbers.first_that_is_none(["x"]) == 1
    assert numbers.first_that_is_none([1, "x", "x"]) == 2


_ROWS = [[1] * 4999] * 300
REFUSED = {
    "columns of other names": {"columns": ["a"] * 500_000, "rows": []},
    "columns that are lists": {"columns": [[]] * 500_000, "rows": []},
    "a bad cell in each column": {"columns": WIDE.names, "rows": [*_ROWS, ["x"] * 4999]},
}


def test_wide_requests_cost_no_more_than_their_size():
    begin = time.monotonic()
    body = json.dumps({"columns": WIDE.names, "rows": _ROWS})
    assert parse_request(WIDE, body, "application/json").rows == len(_ROWS)
    assert time.monotonic() - begin < _SECONDS


@pytest.mark.parametrize("form", REFUSED)
def test_wide_requests_that_are_refused_do_neither(form):
    begin = time.monotonic()
    with pytest.raises(RequestError) as caught:
        parse_request(WIDE, json.dumps(REFUSED[form]), "application/json")
    assert caught.value.status == 400
    assert len(caught.value.message) < 2000
    assert time.monotonic() - begin < _SECONDS
