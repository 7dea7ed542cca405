"""Whatever is asked of an endpoint is answered with predictions or with 400, never with 500."""

from __future__ import annotations

import json

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.data import nests
from training.serve.hooks import model_fn, transform_fn
from training.serve.predictor import Predictor

ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
# Half letters, dates that are none, numbers beyond all bounds, zero bytes: as text or as they are.
ODD = [
    "\ud800",
    "9" * 400,
    "1e999",
    "nan",
    "0001-01-01",
    "99999-12-31",
    "\0",
    "NaT",
    "a\ud800b cde",
]
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text("0123456789-/:.,eE+ TZ", max_size=20),
    st.sampled_from(
        ["\ud800", "9" * 400, "1e999", "nan", "0001-01-01", "99999-12-31", "\0", "NaT"]
    ),
    st.lists(st.integers(), max_size=2),
)


@pytest.fixture(scope="module")
def model(fit_here) -> Predictor:
    return model_fn(str(fit_here(nests())))


def check(model, body, content_type):
    answer = transform_fn(model, body, content_type, "application/json")
    assert not isinstance(answer, Response) or answer.status_code == 400, answer.get_data()


@ANY
@given(st.data())
def test_json_of_any_cells(model, data):
    rows = data.draw(
        st.lists(
            st.lists(CELLS, min_size=len(model.schema.names), max_size=len(model.schema.names)),
            min_size=1,
            max_size=3,
        )
    )
    check(model, json.dumps({"columns": model.schema.names, "rows": rows}), "application/json")
    instances = [dict(zip(model.schema.names, row, strict=True)) for row in rows]
    check(model, json.dumps({"instances": instances}), "application/json")


@pytest.mark.parametrize("kind", ["categorical", "datetime", "text"])
@pytest.mark.parametrize("cell", ODD)
def test_odd_texts_in_columns_of_each_kind(model, kind, cell):
    row = {name: cell if its == kind else None for name, its in model.schema.features}
    check(model, json.dumps({"instances": [row, row]}), "application/json")


_JSON = st.recursive(CELLS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@ANY
@given(st.fixed_dictionaries({}, optional={"instances": _JSON, "columns": _JSON, "rows": _JSON}))
def test_json_of_any_form(model, document):
    check(model, json.dumps(document), "application/json")


@ANY
@given(st.one_of(st.text(), st.text('",\n\r;1aé\0 \ud800', max_size=60), st.binary()))
def test_any_body_as_any_type(model, body):
    for content_type in ("text/csv", "application/json", "application/x-npy"):
        check(model, body, content_type)


@ANY
@given(st.data())
def test_csv_of_any_cells(model, data):
    cell = st.text(max_size=8).map(lambda text: '"' + text.replace('"', '""') + '"')
    row = st.lists(cell, min_size=len(model.schema.names), max_size=len(model.schema.names))
    body = "\n".join(",".join(each) for each in data.draw(st.lists(row, min_size=1, max_size=3)))
    check(model, body, "text/csv")
