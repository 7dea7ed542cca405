from __future__ import annotations

import pytest

from training.errors import RequestError
from training.serve.media_types import CSV, JSON, request_type, response_type


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/csv", CSV),
        ("text/csv; charset=utf-8", CSV),
        ('Text/CSV;charset="UTF-8"; header=present', CSV),
        ("application/json", JSON),
        ("application/json;charset=UTF8", JSON),
    ],
)
def test_request_types(header, expected):
    assert request_type(header) == expected


@pytest.mark.parametrize(
    "header", ["", "text/plain", "application/x-parquet", "text/csv; charset=latin-1", "*/*", "csv"]
)
def test_unsupported_request_types(header):
    with pytest.raises(RequestError) as caught:
        request_type(header)
    assert caught.value.status == 415


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("text/*", CSV),
        ("text/html, text/csv;q=0.5", CSV),
        ("application/json;q=0.4, text/csv;q=0.5", CSV),
        ("text/csv;q=0.1, */*", JSON),
        ("application/json;q=0, */*;q=0.1", CSV),
        ("APPLICATION/JSON", JSON),
    ],
)
def test_response_types(header, expected):
    assert response_type(header) == expected


@pytest.mark.parametrize(
    "header", ["text/html", "application/x-parquet", "text/csv;q=0", "image/*", "text/csv;q=high"]
)
def test_unacceptable_response_types(header):
    with pytest.raises(RequestError) as caught:
        response_type(header)
    assert caught.value.status == 406
