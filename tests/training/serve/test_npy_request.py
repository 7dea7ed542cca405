"""Arrays as requests: the same predictions as CSV, and every misfit told."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.data import diabetes
from training.serve.hooks import model_fn, transform_fn
from training.serve.predictor import Predictor

TYPE = "application/x-npy"


def npy(array, **options) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def model(fit_here) -> Predictor:
    return model_fn(str(fit_here(diabetes())))


def test_equals_csv(model):
    frame = diabetes().frame[model.schema.names].head(40)
    frame.iloc[3, 2] = np.nan
    as_csv, _ = transform_fn(model, frame.to_csv(index=False), "text/csv", "application/json")
    for array in (frame.to_numpy(), np.asfortranarray(frame.to_numpy())):
        as_npy, _ = transform_fn(model, npy(array), TYPE, "application/json")
        assert as_npy == as_csv


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not an NPY array"),
        (b"\x93NUMPY", "not an NPY array"),
        (npy(np.array([{}]), allow_pickle=True), "of numbers with two dimensions"),
        (npy(np.ones((2, 10)))[:-1], "its length differs"),
        (npy(np.ones((1, 10))) + b"x", "its length differs"),
        (npy(np.ones((1, 10))).replace(b"(1, 10)", b"(99999999999, 9999)"), "its length differs"),
        (npy(np.ones((1, 10))).replace(b"(1, 10)", b"(-1,-10)"), "its length differs"),
        # Each made numpy.load raise something of its own.
        (npy(np.ones((1, 10))).replace(b"(1, 10)", b"(1, 10 "), "not an NPY array"),  # TokenError
        (npy(np.ones((1, 10))).replace(b"(1, 10)", b"(1,10))"), "not an NPY array"),  # SyntaxError
        (npy(np.ones((1, 10))).replace(b"(1, 10)", b"1" * 7), "not an NPY array"),
        (npy(np.ones((1, 10))).replace(b"'<f8'", b"'<f\0'"), "not an NPY array"),
        (b"PK\x03\x04", "not an NPY array"),  # BadZipFile
        (b"PK\x05\x06" + b"\0" * 18, "not an NPY array"),  # an archive of nothing
        (npy(np.ones(10)), "two dimensions"),
        (npy(np.array([["1"] * 10])), "of numbers with two dimensions"),
        (npy(np.ones((1, 9))), "the array has 9 columns; the model's features are 10"),
        (npy(np.ones((0, 10))), "the request holds no rows"),
        (npy(np.full((2, 10), np.inf)), "column 'age', row 1: not a finite number"),
    ],
)
def test_misfits_are_400(model, body, message):
    response = transform_fn(model, body, TYPE, "application/json")
    assert isinstance(response, Response)
    assert response.status_code == 400
    assert message in json.loads(response.get_data())["error"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_bytes_are_answered_by_500(model, data):
    body = bytearray(npy(np.ones((2, 10))))
    for place in data.draw(st.lists(st.integers(0, 127), max_size=4)):
        body[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b"()'{},:<f8L9e")))
    body = data.draw(st.one_of(st.just(bytes(body)), st.binary().map(b"\x93NUMPY".__add__)))
    answer = transform_fn(model, body, TYPE, "application/json")
    assert not isinstance(answer, Response) or answer.status_code == 400


def test_columns_that_are_no_numbers(penguin_model):
    response = transform_fn(penguin_model, npy(np.ones((1, 7))), TYPE, "application/json")
    assert response.status_code == 400
    assert "'island', 'sex'" in json.loads(response.get_data())["error"]
