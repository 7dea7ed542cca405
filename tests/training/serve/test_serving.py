"""The hooks, called as the container's stack calls them: statuses, bodies, and what they hold."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.data import cars, penguins
from training.schema import Schema
from training.serve.answers import to_csv
from training.serve.csv_body import parse_csv
from training.serve.hooks import transform_fn
from training.serve.predictor import Outcome
from training.written_numbers import NumberForm

ROW = {
    "island": "Biscoe",
    "bill_length_mm": 46.1,
    "bill_depth_mm": 13.2,
    "flipper_length_mm": 211.0,
    "body_mass_g": 4500.0,
    "sex": "female",
    "year": 2007,
}
HEADER = ",".join(ROW)
LINE = ",".join(str(value) for value in ROW.values())


def send(model, body, content_type="text/csv", accept="application/json"):
    """Return status and decoded body of a request."""
    result = transform_fn(model, body, content_type, accept)
    if isinstance(result, Response):
        assert result.mimetype == "application/json"
        return result.status_code, json.loads(result.get_data())["error"]
    text, media_type = result
    assert media_type == accept
    return 200, json.loads(text)["predictions"] if accept == "application/json" else text


def predicted(model, body, content_type="text/csv"):
    status, content = send(model, body, content_type)
    assert status == 200, content
    return content


@pytest.mark.parametrize("content_type", ["text/csv", "text/csv; charset=utf-8"])
@pytest.mark.parametrize("form", [str, lambda text: text.encode()], ids=["text", "bytes"])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_single_row_csv(penguin_model, content_type, form, ending):
    for body in (f"{HEADER}\n{LINE}{ending}", f"\ufeff{HEADER}\r\n{LINE}{ending}", LINE + ending):
        assert len(predicted(penguin_model, form(body), content_type)) == 1


def test_every_form_of_a_request_gives_the_same_prediction(penguin_model):
    expected = predicted(penguin_model, LINE)
    backwards = list(reversed(ROW))
    shuffled = f"species,{','.join(backwards)}\nnobody,{','.join(str(ROW[n]) for n in backwards)}"
    assert predicted(penguin_model, shuffled) == expected
    record = {"extra": None, **{name: ROW[name] for name in backwards}}
    for document in (
        {"instances": [record]},
        {"columns": list(record), "rows": [list(record.values())]},
        {"instances": [{**record, "body_mass_g": "4500", "year": 2007.0}]},
    ):
        assert predicted(penguin_model, json.dumps(document), "application/json") == expected


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_header_may_have_the_training_files_delimiter(penguin_model, delimiter):
    """And quotes, a column more, and a cell with a comma in it."""
    expected = predicted(penguin_model, LINE)
    header = delimiter.join(["note", *(f'"{name}"' for name in ROW)])
    row = delimiter.join(["a, b", *map(str, ROW.values())])
    assert predicted(penguin_model, f"{header}\n{row}\n") == expected
    without_one = header.replace(f'{delimiter}"sex"', "")
    status, error = send(penguin_model, f"{without_one}\n{row}\n")
    assert (status, "sex" in error) == (400, True)


def test_a_file_with_decimal_commas_is_asked_about_as_it_is():
    """The form of a column's numbers travels in the schema, the delimiter in the header."""
    forms = {name: NumberForm(decimal=",") for name in ("a", "b")}
    schema = Schema("regression", "y", (("a", "numeric"), ("b", "numeric")), forms=forms)
    table = parse_csv(schema, "b;y;a\n1,5;9;2\n1.234,5;9;0,25\n")
    assert table.numeric.tolist() == [[2.0, 1.5], [0.25, 1234.5]]


def test_csv_answer_holds_the_numbers_of_the_json_answer(penguin_model):
    request = penguins().frame.to_csv(index=False)
    status, text = send(penguin_model, request, accept="text/csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = predicted(penguin_model, request)
    assert status == 200
    assert [row["prediction"] for row in rows] == [item["prediction"] for item in expected]
    for row, item in zip(rows, expected, strict=True):
        probabilities = {name: row[f"probability:{name}"] for name in item["probabilities"]}
        assert probabilities == {name: repr(p) for name, p in item["probabilities"].items()}
        assert sum(item["probabilities"].values()) == pytest.approx(1)


def test_regression_answers(car_model):
    request = cars().frame.head(2).to_csv(index=False)
    expected = predicted(car_model, request)
    widths = {"0.8", "0.9", "0.95"}
    for item in expected:
        assert set(item) == {"prediction", "intervals"}
        assert set(item["intervals"]) >= widths
        for low, high in item["intervals"].values():
            assert low < item["prediction"] < high
    _, text = send(car_model, request, accept="text/csv")
    assert text == "prediction\n" + "".join(f"{item['prediction']!r}\n" for item in expected)


def test_missing_cells_and_unknown_categories(penguin_model):
    between = "Dream,43.5,17.8,195,3750,female,2008"  # species; the island decides
    known = predicted(penguin_model, between)
    unknown = predicted(penguin_model, between.replace("Dream", "Atlantis"))
    empty = predicted(penguin_model, f"{HEADER}\n,,,,,,\n")
    null = predicted(
        penguin_model, json.dumps({"instances": [dict.fromkeys(ROW)]}), "application/json"
    )
    assert unknown != known
    assert empty == null
    assert predicted(penguin_model, f"{HEADER}\nBiscoe,nan,NaN,,,,") == predicted(
        penguin_model, f"{HEADER}\nBiscoe,,,,,,"
    )


def test_a_row_does_not_depend_on_its_batch(penguin_model):
    frame = penguins().frame
    batch = predicted(penguin_model, frame.to_csv(index=False))
    for index in (0, 3, 343):
        single = frame.iloc[[index]].to_csv(index=False)
        assert predicted(penguin_model, single) == [batch[index]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the request holds no rows"),
        ("\n\n", "the request holds no rows"),
        (HEADER, "the request holds no rows"),
        (f"{HEADER.replace('island', 'isle')}\n{LINE}", "missing column(s): 'island'"),
        (f"{HEADER},sex\n{LINE},male", "column(s) given more than once: 'sex'"),
        (f"{HEADER}\n{LINE}\n{LINE},1", "row 2 has 8 fields; the header has 7"),
        (
            f"{LINE},Gentoo",
            "row 1 has 8 fields; without a header there must be 7: the features in the model's "
            "order",
        ),
        (f"{LINE}\n{LINE.replace('46.1', '46,1')}", "row 2 has 8 fields; without a header"),
        (f"{LINE}\n{LINE.replace('46.1', 'secret')}", "'bill_length_mm', row 2: not a finite"),
        (f"{HEADER}\n{LINE.replace('46.1', 'inf')}", "'bill_length_mm', row 1: not a finite"),
        (f"{HEADER}\n{LINE.replace('46.1', '4_6')}", "'bill_length_mm', row 1: not a finite"),
        (f"{HEADER}\n{LINE.replace('46.1', '1e309')}", "'bill_length_mm', row 1: not a finite"),
        (f"{HEADER}\n{LINE.replace('46.1', '1e300')}", "'bill_length_mm', row 1: the number is"),
        (f'{HEADER}\n"{LINE}', "the body is not well-formed CSV"),
        (b"\xff\xfe", "the body is not UTF-8"),
    ],
)
def test_bad_csv_is_a_400_that_names_the_place(penguin_model, body, message):
    status, error = send(penguin_model, body)
    assert status == 400
    assert message in error
    assert "secret" not in error


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "the body is not JSON"),
        ("[" * 100_000, "the body is not JSON"),
        ([1], "the body must be"),
        ({}, "the body must be"),
        ({"instances": {"a": 1}}, "the body must be"),
        ({"instances": [[1]]}, "the body must be"),
        ({"instances": []}, "the request holds no rows"),
        ({"columns": ["a"], "rows": [1]}, "the body must be"),
        ({"columns": ["a"], "rows": [[1, 2]]}, "row 1 has 2 values; there are 1 columns"),
        ({"columns": list(ROW)[1:], "rows": []}, "missing column(s): 'island'"),
        ({"columns": [*ROW, "sex"], "rows": []}, "column(s) given more than once: 'sex'"),
        ({"columns": list(ROW), "rows": []}, "the request holds no rows"),
        (
            {"instances": [ROW, {k: v for k, v in ROW.items() if k != "sex"}]},
            "missing column 'sex' in row 2",
        ),
        ({"instances": [ROW, {**ROW, "year": "secret"}]}, "column 'year', row 2: not a finite"),
        ({"instances": [{**ROW, "year": True}]}, "column 'year', row 1: not a finite number"),
        ({"instances": [{**ROW, "year": [1]}]}, "column 'year', row 1: not a finite number"),
        ({"instances": [{**ROW, "year": 10**400}]}, "column 'year', row 1: not a finite number"),
        ({"instances": [ROW, {**ROW, "sex": True}]}, "column 'sex', row 2: must be text or null"),
        ({"instances": [{**ROW, "sex": 1.5}]}, "column 'sex', row 1: must be text or null"),
        ({"instances": [{**ROW, "sex": {}}]}, "column 'sex', row 1: must be text or null"),
    ],
)
def test_bad_json_is_a_400_that_names_the_place(penguin_model, document, message):
    body = document if isinstance(document, str) else json.dumps(document)
    status, error = send(penguin_model, body, "application/json")
    assert status == 400
    assert error.startswith(message)
    assert "secret" not in error


def test_every_bad_column_is_named_at_once(penguin_model):
    rows = [ROW, {**ROW, "year": "x", "sex": True, "body_mass_g": "y"}, {**ROW, "year": "z"}]
    assert send(penguin_model, json.dumps({"instances": rows}), "application/json") == (
        400,
        "column 'body_mass_g', row 2: not a finite number; "
        "column 'year', row 2: not a finite number; column 'sex', row 2: must be text or null",
    )
    short = {name: ROW[name] for name in ("island", "sex")}
    status, error = send(penguin_model, json.dumps({"instances": [ROW, short]}), "application/json")
    assert status == 400
    assert error.startswith("missing column 'bill_length_mm' in row 2; missing column 'bill_depth")
    assert error.endswith("'year' in row 2 (null stands for an unknown value)")


def test_unsupported_types(penguin_model):
    assert send(penguin_model, LINE, "application/x-parquet") == (
        415,
        "Content-Type must be text/csv, application/json, application/jsonlines or "
        "application/x-npy",
    )
    assert send(penguin_model, LINE, accept="text/html") == (
        406,
        "Accept must allow text/csv or application/json",
    )


def test_unexpected_exception_is_a_500_without_its_text(penguin_model, monkeypatch, capsys):
    def stumble(*_):
        raise ValueError("secret")

    monkeypatch.setattr(penguin_model, "predict", stumble)
    status, error = send(penguin_model, LINE)
    assert status == 500
    log = capsys.readouterr()
    assert "ValueError while answering (hooks.py:" in log.err
    assert "secret" not in error + log.err + log.out


def test_category_spelled_like_a_column_is_still_data(penguin_model):
    """A headerless row with a cell 'sex' fits by position, so it is no broken header."""
    assert len(predicted(penguin_model, LINE.replace("female", "sex"))) == 1


def test_one_feature_table_keeps_its_empty_rows(fit_here):
    import pandas as pd

    from tests.training.data import example
    from training.serve.hooks import model_fn

    frame = pd.DataFrame({"x": np.arange(40.0), "y": ["a", "b"] * 20})
    model = model_fn(str(fit_here(example(frame, "binary", "y"))))
    assert len(predicted(model, "x\n1\n\n2\n")) == 3
    assert len(predicted(model, 'x\n1\n""\n2\n')) == 3
    assert len(predicted(model, "1\n2")) == 2


def test_stack_parent_imports_no_libraries():
    """The stack's parent imports the hooks without using them; that must cost nothing."""
    import subprocess
    import sys

    loaded = "{*sys.modules} & {'sklearn', 'numpy', 'flask'}"
    code = f"import sys, training.serve.inference; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


PIECE = st.sampled_from([*'0123456789.,,,"-e', "\n", "\r", "\ufeff", "\0", HEADER, LINE, "sex"])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.lists(PIECE, max_size=12).map("".join) | st.binary(max_size=40))
def test_no_csv_body_is_a_500(penguin_model, body):
    assert send(penguin_model, body)[0] in (200, 400)


CELL = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
RECORD = st.fixed_dictionaries(dict.fromkeys(ROW, CELL))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(records=st.lists(RECORD, max_size=3))
def test_no_json_body_is_a_500(penguin_model, records):
    body = json.dumps({"instances": records})
    assert send(penguin_model, body, "application/json")[0] in (200, 400)


@pytest.mark.parametrize("sign", ['"', ",", "\n", "\r", " ", "é"])
def test_csv_answer_holds_classes_as_they_are(sign):
    labels = [f"a{sign}b", "plain"]
    outcome = Outcome([*labels, labels[0]], labels, np.array([[0.75, 0.25]] * 3), {})
    header, *rows = csv.reader(io.StringIO(to_csv(outcome), newline=""), strict=True)
    assert header == ["prediction", *(f"probability:{label}" for label in labels)]
    assert rows == [[label, "0.75", "0.25"] for label in outcome.predictions]
