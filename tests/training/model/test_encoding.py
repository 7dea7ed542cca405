"""Dates, free text and columns of many categories become sensible numbers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.training.data import Example, batting, example, joined, nests
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters
from training.model.curves import KNOTS
from training.model.date_parts import CYCLES, PARTS, DateCycles, DateParts
from training.model.files import MODEL_FILE, load_pipeline
from training.model.pipeline import build_preprocessing, columns_of, encoded_owners
from training.model.text_directions import DIRECTIONS, TextDirections
from training.schema import Schema
from training.serve.hooks import answer, model_fn

DAYS = pd.date_range("2023-01-25", periods=40, freq="9h20min")


def test_parts_of_dates():
    texts = np.array([day.isoformat() for day in DAYS] + ["9999-12-31", "1000-01-01"], dtype=object)
    got = DateParts().fit(texts[:, None]).transform(texts[:, None])
    assert got.shape == (len(texts), len(PARTS))
    moments = [datetime.fromisoformat(text) for text in texts]
    assert got[:, 1:4].tolist() == [[day.year, day.month, day.day] for day in moments]
    assert got[:, 4].tolist() == [day.weekday() for day in moments]
    assert got[:, 5].tolist() == [day.hour + day.minute / 60 for day in moments]
    days = [(day - datetime.fromisoformat("1970-01-01")).total_seconds() / 86400 for day in moments]
    assert np.allclose(got[:, 0], days)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2024-02-29", 0), ("2024-02-29T06:30:00Z", 6.5), ("2024-02-29 06:30:00+02:00", 4.5)],
)
def test_iso_dates(text, hour):
    texts = np.array([[text]], dtype=object)
    got = DateParts().fit(texts).transform(texts)[0]
    assert got[1:4].tolist() == [2024, 2, 29]
    assert got[5] == hour


@pytest.mark.parametrize("kind", [DateParts, DateCycles])
def test_what_is_no_date_is_missing(kind):
    parts = kind().fit(np.array([["2024-01-01"], ["2024-01-02"]], dtype=object))
    got = parts.transform(np.array([[np.nan], [""], ["soon"], ["2024-13-01"]], dtype=object))
    assert np.isnan(got).all()


def _circles(*texts):
    cells = np.array(texts, dtype=object)[:, None]
    return DateCycles().fit(cells).transform(cells).reshape(len(texts), len(CYCLES), 2)


@pytest.mark.parametrize(
    ("place", "dates"),
    [
        # A quarter of the way further each.
        (0, ["2023-01-01", "2023-04-02T07:30", "2023-07-02T15:00", "2023-10-01T22:30"]),
        (1, ["1969-12-29", "2024-02-27T18:00", "2024-02-29T12:00", "2024-03-02T06:00"]),
        (2, ["1066-10-14", "2024-02-29T06:00", "2024-02-29T12:00", "2024-02-29T18:00Z"]),
    ],
)
def test_circles_of_dates(place, dates):
    found = _circles(*dates)[:, place]
    assert found == pytest.approx(np.array([[0, 1], [1, 0], [0, -1], [-1, 0]]), abs=1e-4)


def test_december_is_beside_january():
    before, after, summer = _circles("2023-12-31T23:59", "2024-01-01", "2024-07-01")[:, 0]
    assert np.linalg.norm(before - after) < 0.02 < np.linalg.norm(before - summer)


def test_linear_models_follow_seasons_and_trees_get_no_circles():
    generator = np.random.default_rng(0)
    days = pd.Timestamp("2019-01-01") + pd.to_timedelta(generator.integers(0, 1460, 300), unit="D")
    season = np.sin(2 * np.pi * days.dayofyear / 365.25)
    dates = [f"{day:%Y-%m-%d}" for day in days]
    frame = pd.DataFrame({"day": dates, "y": season + generator.normal(scale=0.1, size=300)})
    data = joined(example(frame, "regression", "y", day="datetime"))
    for algorithm in ("linear", "additive"):
        settings = parse_hyperparameters(["--algorithm", algorithm])
        assert fit_model(data, settings).account["loss"] < 0.12
    steps = {
        name: _groups(build_preprocessing(data.schema, 0, data.features, data.target, [name]))
        for name in ("one_hot", "ordinal")
    }
    assert [name for name, groups in steps.items() if "cycles" in groups] == ["one_hot"]


def test_text_keeps_meaning_and_no_words():
    remarks = ["nest never observed with full clutch", "no blood sample obtained", ""] * 20
    texts = np.array(remarks, dtype=object)[:, None]
    values = TextDirections(0).fit(texts).transform(texts)
    assert values.shape == (60, min(DIRECTIONS, 60))
    new = (
        TextDirections(0)
        .fit(texts)
        .transform(np.array([["Blood sample not obtained"], [np.nan]], dtype=object))
    )
    distances = np.linalg.norm(values[:3] - new[0], axis=1)
    assert distances.argmin() == 1
    assert np.allclose(new[1], values[2])


def test_model_file_holds_no_words_of_the_text(fit_once):
    """Categories must be in the file; prose must not."""
    import zipfile

    folder = fit_once("nests")
    with zipfile.ZipFile(folder / MODEL_FILE) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Torgersen" in content
    assert b"blood" not in content
    assert b"isotopes" not in content


def _preprocessing(data: Example) -> tuple[Any, Any]:
    features = data.frame[data.schema.names].astype(dict.fromkeys(data.schema.written, object))
    target = data.frame[data.schema.target].to_numpy()
    return build_preprocessing(data.schema, 0, features, target, ["one_hot"]), features


def _groups(steps: Any) -> dict[str, list[str]]:
    return {name: columns for name, _, columns in steps.transformers}


def test_each_type_has_its_steps():
    groups = _groups(_preprocessing(nests())[0])
    assert groups["datetime"] == ["Date Egg"]
    assert groups["text"] == ["Comments"]
    assert "many_categories" not in groups  # 190 rings, none of them on enough rows


@pytest.mark.parametrize("encodings", [["ordinal"], ["curves"], ["ordinal", "one_hot", "curves"]])
def test_each_encoding_has_its_columns_whatever_else_is_made(encodings):
    """Columns of one encoding beside others are those that it has alone."""
    data = nests()
    features = data.frame[data.schema.names].astype(dict.fromkeys(data.schema.written, object))
    target = data.frame[data.schema.target].to_numpy()
    together = build_preprocessing(data.schema, 0, features, target, encodings)
    values = together.fit_transform(features, target)
    for name in encodings:
        alone = build_preprocessing(data.schema, 0, features, target, [name])
        own = alone.fit_transform(features, target)
        np.testing.assert_array_equal(values[:, columns_of(together, name)], own)
        assert columns_of(alone, name).tolist() == list(range(own.shape[1]))
        owners = np.array(encoded_owners(together))[columns_of(together, name)]
        assert owners.tolist() == encoded_owners(alone)


def test_categories_are_a_column_each_or_a_number_each():
    frame = pd.DataFrame({"x": np.arange(60.0), "kind": ["a", "b", "c"] * 20})
    schema = Schema("regression", "y", (("x", "numeric"), ("kind", "categorical")))
    widths = {}
    for name in ("one_hot", "ordinal", "curves"):
        steps = build_preprocessing(schema, 0, frame, np.arange(60.0), [name])
        widths[name] = steps.fit_transform(frame, np.arange(60.0)).shape[1]
    assert widths == {"one_hot": 1 + 3, "ordinal": 1 + 1, "curves": 1 + KNOTS - 2 + 3}


def test_columns_of_few_values_have_no_curve():
    frame = pd.DataFrame({"many": np.arange(60.0), "few": np.arange(60.0) % 10})
    schema = Schema("regression", "y", (("few", "numeric"), ("many", "numeric")))
    steps = build_preprocessing(schema, 0, frame, np.arange(60.0), ["curves"])
    assert _groups(steps)["curves"] == ["many"]


def test_many_categories_cost_one_column_each():
    data = batting()
    steps, features = _preprocessing(data)
    groups = _groups(steps)
    assert groups["many_categories"] == ["id", "team"]
    assert groups["categorical"] == ["lg"]
    values = steps.fit_transform(features, data.frame["hr"])
    assert values.shape[1] - 2 == 2 + features["lg"].fillna("").nunique()


def test_encoding_by_target_does_not_leak():
    """A column of chance tells nothing; encoding that let rows see their own target would shine."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"ring": [f"r{number % 60}" for number in range(420)]})
    target = generator.choice(["a", "b"], 420)
    schema = Schema("binary", "y", (("ring", "categorical"),))
    steps = build_preprocessing(schema, 0, frame, target, ["one_hot"])
    assert list(_groups(steps)) == ["many_categories"]
    values = steps.fit_transform(frame, target)[:, 0]
    assert np.corrcoef(values, target == "b")[0, 1] < 0.1
    own = steps.transform(frame)[:, 0]  # as if they were new: this is what must not be fitted on
    assert np.corrcoef(own, target == "b")[0, 1] > 0.25


def test_many_categories_are_served(fit_here):
    data = batting()
    folder = fit_here(data, "linear")
    request = data.frame.head(50).assign(team=["ATL", "no such team"] * 25)
    body, _ = answer(
        model_fn(str(folder)), request.to_csv(index=False), "text/csv", "application/json"
    )
    answers = [item["prediction"] for item in json.loads(body)["predictions"]]
    features = request[data.schema.names].astype(dict.fromkeys(data.schema.written, object))
    assert np.allclose(answers, load_pipeline(folder).predict(features), rtol=1e-12)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_every_type_serves_the_other_tasks_too(task, fit_here):
    data = nests(task)
    folder = fit_here(data)
    features = data.frame[data.schema.names]
    body, _ = answer(
        model_fn(str(folder)), features.to_csv(index=False), "text/csv", "application/json"
    )
    answers = [item["prediction"] for item in json.loads(body)["predictions"]]
    features = features.astype(dict.fromkeys(data.schema.written, object))
    expected = load_pipeline(folder).predict(features)
    if task == "binary":
        assert answers == expected.tolist()
    else:
        assert np.allclose(answers, expected, rtol=1e-12)


@pytest.mark.parametrize("rows", [1, 5, 31])
def test_fewer_rows_than_directions(rows):
    texts = np.array([[f"remark number {row}"] for row in range(rows)], dtype=object)
    assert TextDirections().fit(texts).transform(texts).shape[0] == rows


def test_classes_of_few_members_beside_many_categories(fit_here):
    rows = range(300)
    rings, classes = [f"r{row % 50}" for row in rows], [f"c{row // 3:02d}" for row in rows]
    frame = pd.DataFrame({"ring": rings, "y": classes})
    assert (fit_here(example(frame, "multiclass", "y"), "linear") / MODEL_FILE).is_file()
