"""Reasons: contributions add up to the answer, and are Shapley values by the definition."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from flask import Response
from scipy.special import logit
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from infra.workflow.stories import PREDICTION
from lambdas.predict.rows import EXPLAINED_CELLS, EXPLAINED_ROWS, explained_at_once
from tests.infra.workflow.definition import deployed
from tests.training.data import EXAMPLES, batting, nests
from training.algorithms import ESTIMATORS
from training.errors import UntrustedModelError
from training.model.background import ROWS, draw_background, read_background
from training.model.files import load_pipeline, read_description
from training.serve import exact_shapley, reasons, single_model
from training.serve.body import parse_request
from training.serve.exact_shapley import exact_shapley as exact_of
from training.serve.hooks import model_fn, transform_fn
from training.serve.loading import load_folder
from training.serve.predictor import Predictor
from training.serve.shapley_sampling import sampled_contributions
from training.serve.table import Answered, Table

EXPLAINED = "application/json; explain=true"
MADE = {
    "binary": lambda: nests("binary"),
    "multiclass": lambda: nests("multiclass"),
    "regression": lambda: nests("regression"),
    "many_categories": batting,
}


def rows_of(example, count=6):
    features = example.frame[example.schema.names]
    return features.iloc[:: len(features) // count].to_csv(index=False)


@pytest.fixture(scope="module")
def fitted(fit_here):
    """Train an algorithm on an example, once each.

    Classes are weighed, so that probabilities are not calibrated: only then are reasons exact.
    """
    done = {}

    def fit(name, algorithm="random_forest"):
        if (name, algorithm) not in done:
            example = MADE[name]()
            # One configuration alone: reasons of several together are sampled.
            alone = ("--alpha", "2") if algorithm == "additive" else ()
            weighed = ("--class_weight", "balanced", *alone)
            done[name, algorithm] = example, fit_here(example, algorithm, *weighed)
        return done[name, algorithm]

    return fit


def ask(model, body, accept=EXPLAINED):
    answer, _ = transform_fn(model, body, "text/csv", accept)
    return json.loads(answer)


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [("binary", algorithm) for algorithm in sorted(ESTIMATORS)]
    + [("multiclass", algorithm) for algorithm in ("linear", "random_forest", "xgboost")]
    + [("regression", algorithm) for algorithm in ("linear", "random_forest", "xgboost")]
    + [("many_categories", "linear")],
)
def test_contributions_add_up_to_the_answer(fitted, name, algorithm):
    example, folder = fitted(name, algorithm)
    found = ask(model_fn(str(folder)), rows_of(example))
    unit, exact = found["reasons"]["unit"], found["reasons"]["method"] == "exact"
    is_forest = algorithm in ("random_forest", "extra_trees")
    assert exact == (is_forest or name != "multiclass")
    for answer in found["predictions"]:
        said = answer["reasons"]
        total = said["base"] + sum(said["contributions"].values())
        assert list(said["contributions"]) == example.schema.names
        if example.schema.task == "regression":
            assert unit == "number"
            output = answer["prediction"]
        else:
            output = answer["probabilities"][said["explained"]]
            assert unit == ("probability" if is_forest or not exact else "log_odds")
            output = output if unit == "probability" else logit(output)
        # XGBoost answers and explains in single precision.
        assert total == pytest.approx(output, rel=1e-9 if algorithm != "xgboost" else 1e-5)
    if name == "binary":
        classes = {answer["reasons"]["explained"] for answer in found["predictions"]}
        assert classes == {sorted(example.frame[example.schema.target].unique())[1]}
    if name == "multiclass":
        for answer in found["predictions"]:
            assert answer["reasons"]["explained"] == answer["prediction"]


@pytest.mark.parametrize("algorithm", ["linear", "random_forest"])
def test_of_two_classes_the_positive_one_is_explained(fitted, algorithm):
    example, folder = fitted("binary", algorithm)
    model, body = load_folder(folder), rows_of(example)
    second = ask(model, body)
    first = sorted(example.frame[example.schema.target].unique())[0]
    model.schema = replace(model.schema, positive_class=first)
    found = ask(model, body)
    assert {answer["reasons"]["explained"] for answer in found["predictions"]} == {first}
    for one, other in zip(second["predictions"], found["predictions"], strict=True):
        opposite = {name: -value for name, value in one["reasons"]["contributions"].items()}
        assert other["reasons"]["contributions"] == pytest.approx(opposite, abs=1e-12)
        total = other["reasons"]["base"] + sum(other["reasons"]["contributions"].values())
        output = other["probabilities"][first]
        assert total == pytest.approx(output if algorithm == "random_forest" else logit(output))


@pytest.mark.parametrize(
    ("name", "algorithm", "calibrations", "exact"),
    [
        ("binary", "linear", [[0.5, 0], [1.5, 0]], True),
        ("binary", "hist_gradient_boosting", [[1, 0], [0.7, 0]], True),
        ("binary", "linear", [[0.5, 0], [1, 0.1]], False),
        ("binary", "random_forest", [[1, 0.3], [1, 0.2]], True),
        ("multiclass", "random_forest", [[1, 0.3], [1, 0]], True),
        ("multiclass", "random_forest", [[0.8, 0], [1, 0]], False),
    ],
)
def test_calibrated_answers_are_explained_exactly_where_that_is_linear(
    fitted, name, algorithm, calibrations, exact
):
    example, folder = fitted(name, algorithm)
    pipeline = load_pipeline(folder)
    own = ask(load_folder(folder), rows_of(example))
    pipeline.named_steps["model"].calibrations = np.array(calibrations, dtype=float)
    description = read_description(folder)
    background = Table(ROWS, *read_background(example.schema, description["background"]))
    found = ask(Predictor(pipeline, example.schema, None, background), rows_of(example))
    assert found["reasons"]["method"] == ("exact" if exact else "sampled")
    factors = set()
    for answer, before in zip(found["predictions"], own["predictions"], strict=True):
        said = answer["reasons"]
        total = said["base"] + sum(said["contributions"].values())
        output = answer["probabilities"][said["explained"]]
        output = logit(output) if found["reasons"]["unit"] == "log_odds" else output
        assert total == pytest.approx(output, rel=1e-9)
        if exact and said["explained"] == before["reasons"]["explained"]:
            pairs = zip(
                said["contributions"].values(),
                before["reasons"]["contributions"].values(),
                strict=True,
            )
            factors |= {round(one / other, 9) for one, other in pairs if abs(other) > 1e-6}
    powers, shares = np.array(calibrations).T
    expected = powers.prod() * (1 - shares).prod()
    assert factors == ({round(float(expected), 9)} if exact else set())


@pytest.mark.parametrize(
    ("algorithm", "name"), [("auto", "birth_weight"), ("auto", "cars"), ("extra_trees", "penguins")]
)
def test_contributions_of_an_ensemble_and_of_what_is_calibrated_add_up(algorithm, name, fit_once):
    example, model = EXAMPLES[name](), load_folder(fit_once(name, algorithm))
    found = ask(model, rows_of(example))
    classes = example.schema.is_classification
    unit = "probability" if classes else "number"
    assert found["reasons"] == {"unit": unit, "method": "sampled"}
    for answer in found["predictions"]:
        said = answer["reasons"]
        output = answer["probabilities"][said["explained"]] if classes else answer["prediction"]
        total = said["base"] + sum(said["contributions"].values())
        assert total == pytest.approx(output, abs=1e-9)
        assert any(said["contributions"].values())


# By the definition --------------------------------------------------------------------------------


def shapley(value, columns):
    """Return Shapley values of ``value``, a function of a set of columns, by all sets."""
    found = []
    for column in range(columns):
        others = [other for other in range(columns) if other != column]
        total = 0.0
        for size in range(columns):
            weight = 1 / (columns * math.comb(columns - 1, size))
            for known in itertools.combinations(others, size):
                total += weight * (value({*known, column}) - value(set(known)))
        found.append(total)
    return np.array(found)


def expected(tree, row, known, node=0):
    """Return a tree's output where only some columns are known: both sides by their shares."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return tree.value[node, 0]
    column = tree.feature[node]
    if column in known:
        side = left if row[column] <= tree.threshold[node] else right
        return expected(tree, row, known, side)
    weight = tree.weighted_n_node_samples
    sides = [weight[side] * expected(tree, row, known, side) for side in (left, right)]
    return sum(sides) / weight[node]


def numbers(rows=150, columns=5):
    """Return numbers with an interaction, of few values so that splits repeat."""
    values = np.random.default_rng(0).integers(0, 12, (rows, columns)).astype(float)
    return values, values[:, 0] + values[:, 1] * values[:, 2] / 3 - (values[:, 3] > 5)


@pytest.mark.parametrize(
    "forest",
    [
        RandomForestRegressor(3, random_state=0, max_depth=6),
        RandomForestClassifier(3, random_state=0, class_weight="balanced"),
        ExtraTreesClassifier(3, random_state=0, max_depth=7),
    ],
)
def test_forests_are_explained_by_the_definition(forest):
    values, target = numbers()
    target = target if isinstance(forest, RandomForestRegressor) else np.digitize(target, [8, 16])
    forest.fit(values, target)
    _, exact = exact_of(forest, values[:2])
    found, base = exact(values[:2])
    trees = [each.tree_ for each in forest.estimators_]
    for row, contributions in zip(values[:2], found, strict=True):

        def value(known, row=row):
            return np.mean([expected(tree, row, known) for tree in trees], axis=0)

        np.testing.assert_allclose(base, value(set()), atol=1e-12)
        np.testing.assert_allclose(contributions, shapley(value, 5), atol=1e-12)


def test_boosting_is_explained_by_the_definition():
    values, target = numbers()
    model = HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=8).fit(values, target)
    _, exact = exact_of(model, values[:2])

    def expected_of(nodes, row, known, at=0):
        node = nodes[at]
        if node["is_leaf"]:
            return node["value"]
        sides = int(node["left"]), int(node["right"])
        if node["feature_idx"] in known:
            is_right = row[node["feature_idx"]] > node["num_threshold"]
            return expected_of(nodes, row, known, sides[int(is_right)])
        parts = [nodes["count"][side] * expected_of(nodes, row, known, side) for side in sides]
        return sum(parts) / node["count"]

    found, _ = exact(values[:3])
    for row, contributions in zip(values[:3], found, strict=True):
        by_definition = shapley(
            lambda known, row=row: sum(
                expected_of(trees[0].nodes, row, known) for trees in model._predictors
            ),
            5,
        )
        np.testing.assert_allclose(contributions[:, 0], by_definition, atol=1e-12)


def test_a_forest_without_a_split_has_no_reasons():
    values = np.zeros((20, 2))
    forest = RandomForestRegressor(3, random_state=0).fit(values, np.arange(20.0))
    found, base = exact_of(forest, values[:2])[1](values[:3])
    assert not found.any()
    assert base[0] == pytest.approx(forest.predict(values[:1])[0])


def table_of(values):
    return Table(len(values), values, np.empty((len(values), 0), object))


def answered(table, outputs):
    return Answered(table, table.numeric, outputs(table))


def test_sampled_contributions_approach_those_by_the_definition():
    values, _ = numbers(40)
    background = table_of(values[:ROWS])

    def answer(numeric):
        return numeric[:, 0] + numeric[:, 1] * numeric[:, 2] / 3 - (numeric[:, 3] > 5)

    def outputs(table):
        return np.stack([np.zeros(table.rows), answer(table.numeric)], axis=1)

    rows = values[20:40]
    asked, others = answered(table_of(rows), outputs), answered(background, outputs)
    found, base = sampled_contributions(outputs, asked, others, np.ones(len(rows), dtype=int))
    np.testing.assert_allclose(base + found.sum(axis=1), answer(rows), atol=1e-9)
    assert not found[:, 4].any()  # a column that the model does not use
    errors = []
    for row, contributions in zip(rows, found, strict=True):

        def value(known, row=row):
            mixed = background.numeric.copy()
            mixed[:, list(known)] = row[list(known)]
            return answer(mixed).mean()

        errors.append(contributions - shapley(value, 5))
    np.testing.assert_allclose(np.array(errors)[:, [0, 3, 4]], 0, atol=1e-12)  # nothing to estimate
    interacting = np.abs(errors)[:, 1:3].mean() / np.abs(found[:, 1:3]).mean()
    assert interacting < 0.1


def test_switches_to_equal_cells_are_not_asked_about():
    values = np.repeat([[0.0, 1.0, np.nan, 3.0]], ROWS, axis=0)
    texts = np.array([["a", np.nan]] * ROWS, dtype=object)
    background = Table(ROWS, values, texts)
    asked = []

    def outputs(table):
        asked.append(table.rows)
        return np.nansum(table.numeric, axis=1, keepdims=True) + (table.written[:, :1] == "b")

    row = Table(1, np.array([[0.0, 2.0, np.nan, 5.0]]), np.array([["b", np.nan]], dtype=object))
    rows = (answered(row, outputs), answered(background, outputs))
    found, base = sampled_contributions(outputs, *rows, np.zeros(1, dtype=int))
    np.testing.assert_allclose(found, [[0, 1, 0, 2, 1, 0]], atol=1e-12)
    assert base == 4
    assert sum(asked) <= ROWS + 1 + 3 * ROWS


def test_what_is_sampled_of_a_linear_model_is_exact(fitted, monkeypatch):
    example, folder = fitted("regression", "linear")
    model = load_folder(folder)
    body = rows_of(example)
    exact = ask(model, body)
    monkeypatch.setattr(single_model, "exact_shapley", lambda *_: None)
    sampled = ask(load_folder(folder), body)
    assert (exact["reasons"]["method"], sampled["reasons"]["method"]) == ("exact", "sampled")
    for one, other in zip(exact["predictions"], sampled["predictions"], strict=True):
        assert one["reasons"]["base"] == pytest.approx(other["reasons"]["base"])
        assert one["reasons"]["contributions"] == pytest.approx(other["reasons"]["contributions"])


def test_forests_too_large_to_explain_exactly_are_sampled(fitted, monkeypatch):
    example, folder = fitted("multiclass")
    exact = ask(load_folder(folder), rows_of(example))
    monkeypatch.setattr(exact_shapley, "_MOST_SPLITS", 10)
    sampled = ask(load_folder(folder), rows_of(example))
    assert sampled["reasons"] == {"unit": "probability", "method": "sampled"}
    for one, other in zip(exact["predictions"], sampled["predictions"], strict=True):
        strongest = max(one["reasons"]["contributions"].items(), key=lambda item: item[1])
        assert other["reasons"]["contributions"][strongest[0]] > 0


# Requests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("algorithm", ["linear", "random_forest"])
def test_a_row_has_the_same_reasons_in_any_request(fitted, task, algorithm):
    example, folder = fitted(task, algorithm)
    model = load_folder(folder)
    header, *lines = rows_of(example, 40).splitlines()
    together = ask(model, "\n".join([header, *lines]))["predictions"]
    alone = ask(model, "\n".join([header, lines[7]]))["predictions"][0]
    assert alone["reasons"]["contributions"] == pytest.approx(
        together[7]["reasons"]["contributions"], abs=1e-9
    )


@pytest.mark.parametrize("name", ["multiclass", "regression"])
def test_csv_has_the_same_reasons(fitted, name):
    example, folder = fitted(name)
    model = load_folder(folder)
    text, media_type = transform_fn(model, rows_of(example), "text/csv", "text/csv;explain=true")
    assert media_type == "text/csv"
    found = ask(model, rows_of(example))
    for row, answer in zip(csv.DictReader(io.StringIO(text)), found["predictions"], strict=True):
        said = answer["reasons"]
        assert row["explained"] == said.get("explained", "")
        assert row["unit"] == found["reasons"]["unit"]
        assert float(row["base"]) == said["base"]
        for feature, contribution in said["contributions"].items():
            assert float(row[f"contribution:{feature}"]) == contribution


@pytest.mark.parametrize(
    ("accept", "is_explained"),
    [
        ("application/json; explain=true", True),
        ("application/json;EXPLAIN=True", True),
        ('application/json ; explain="true"; q=0.9', True),
        ("text/html, application/json;explain = true", True),
        ("application/json; explain=false", False),
        ("application/json; explain", False),
        ("application/json; explain=2", True),
        ("application/json; explain=0", False),
        ("application/json", False),
        ("*/*", False),
    ],
)
def test_reasons_are_given_where_the_accept_header_asks(penguin_model, accept, is_explained):
    body = "Biscoe,46.1,13.2,211,4500,female,2007"
    found = ask(penguin_model, body, accept)
    assert ("reasons" in found) == ("reasons" in found["predictions"][0]) == is_explained


def refused(model, body):
    answer = transform_fn(model, body, "text/csv", EXPLAINED)
    assert isinstance(answer, Response)
    return answer.status_code, json.loads(answer.get_data())["error"]


def test_more_rows_than_can_be_explained_in_time_are_refused(penguin_model, monkeypatch):
    line = "Biscoe,46.1,13.2,211,4500,female,2007\n"
    assert len(ask(penguin_model, line * 400)["predictions"]) == 400
    status, text = refused(penguin_model, line * 401)
    assert (status, text) == (413, "with reasons, a request may have 400 rows at most")
    monkeypatch.setattr("training.serve.reasons.MOST_CELLS", 15)  # as if there were many columns
    assert refused(penguin_model, line * 3)[0] == 413
    assert len(ask(penguin_model, line * 2)["predictions"]) == 2


@pytest.mark.parametrize("name", ["binary", "multiclass", "regression"])
def test_only_the_strongest_are_given_where_a_number_is_asked_for(fitted, name):
    example, folder = fitted(name)
    model, body = load_folder(folder), rows_of(example)
    whole = ask(model, body)
    few = ask(model, body, "application/json; explain=3")
    text, _ = transform_fn(model, body, "text/csv", "text/csv; details=true; explain=3")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert few["reasons"] == whole["reasons"]
    for all_of, few_of, line in zip(whole["predictions"], few["predictions"], lines, strict=True):
        every = all_of["reasons"]["contributions"]
        order = sorted(every, key=lambda feature: -abs(every[feature]))
        expected = {feature: every[feature] for feature in order[:3] if abs(every[feature]) > 1e-12}
        found = few_of["reasons"]["contributions"]
        assert list(found.items()) == list(expected.items())
        assert few_of["reasons"]["base"] == all_of["reasons"]["base"] == float(line["base"])
        assert line["unit"] == few["reasons"]["unit"]
        assert line.get("explained") == few_of["reasons"].get("explained")
        cells = [(line[f"reason_{n}"], line[f"contribution_{n}"]) for n in (1, 2, 3)]
        told = [(feature, float(amount)) for feature, amount in cells if feature]
        assert told == list(found.items())


def test_what_did_not_move_the_answer_is_no_reason(penguin_model):
    single = penguin_model._explainer  # made before its parts are replaced
    contributions = np.array([[0.0, 2e-17, -0.5, 0.0, 0.0, 0.0, 0.0]])
    single._contributions = lambda rows, of: (contributions, np.zeros(1))
    body = "Biscoe,46.1,13.2,211,4500,female,2007"
    text, _ = transform_fn(penguin_model, body, "text/csv", "text/csv; explain=3")
    del single._contributions
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["reason_1"], line["contribution_1"]) == (penguin_model.schema.names[2], "-0.5")
    others = [line[f"{of}_{n}"] for of in ("reason", "contribution") for n in (2, 3)]
    assert others == [""] * 4


def test_rows_are_explained_alike_in_parts_and_as_many_as_there_is_time_for(fitted, monkeypatch):
    example, folder = fitted("multiclass")
    model, body = load_folder(folder), rows_of(example, 30)
    whole = ask(model, body)
    monkeypatch.setattr("training.serve.reasons.MOST_ROWS", 7)
    assert refused(model, body)[0] == 413
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_TIMEOUT", "3600")
    assert refused(model, body)[0] == 413  # InvokeEndpoint does not wait, whatever the server does
    monkeypatch.setenv("SAGEMAKER_BATCH", "true")
    for one, other in zip(ask(model, body)["predictions"], whole["predictions"], strict=True):
        assert one["reasons"]["contributions"] == pytest.approx(other["reasons"]["contributions"])
        assert one["probabilities"] == other["probabilities"]
    monkeypatch.setenv("SAGEMAKER_MODEL_SERVER_TIMEOUT", "120")
    assert refused(model, body) == (413, "with reasons, a request may have 14 rows at most")


def test_a_transform_jobs_requests_are_explained_in_time():
    assert (EXPLAINED_ROWS, EXPLAINED_CELLS) == (reasons.MOST_ROWS, reasons.MOST_CELLS)
    job = deployed(story=PREDICTION)["States"]["Run transform job"]["Arguments"]
    seconds = int(job["Environment"]["SAGEMAKER_MODEL_SERVER_TIMEOUT"])
    assert job["ModelClientConfig"]["InvocationsTimeoutInSeconds"] == seconds
    for columns in (1, 30, 100_000):
        alone = max(1, min(reasons.MOST_ROWS, reasons.MOST_CELLS // columns)) * seconds // 60
        assert explained_at_once(columns) * job["MaxConcurrentTransforms"] <= alone


def test_a_model_without_a_background_says_that_it_cannot(fitted):
    example, folder = fitted("regression")
    model = load_folder(folder)
    model._background = None
    assert refused(model, rows_of(example))[0] == 400


def test_missing_cells_and_unknown_categories_are_explained_too(penguin_model):
    found = ask(penguin_model, "Atlantis,,13.2,,4500,,2007")["predictions"][0]
    total = found["reasons"]["base"] + sum(found["reasons"]["contributions"].values())
    assert total == pytest.approx(found["probabilities"][found["prediction"]])


# Background ---------------------------------------------------------------------------------------


def test_the_background_mixes_rows_and_holds_no_text_and_no_rare_category():
    example = nests("multiclass")
    frame = example.frame.copy()
    frame.loc[:3, "Island"] = "SECRET"
    found = draw_background(example.schema, frame, 0)
    assert list(found) == example.schema.names
    assert found["Comments"] == [None] * ROWS
    assert "SECRET" not in found["Island"]
    assert len(set(found["Island"])) == 3
    for name, kind in example.schema.features:
        known = {None, *frame[name].dropna()}
        assert len(found[name]) == ROWS
        assert kind == "text" or set(found[name]) <= known
    rows = {
        tuple(row) for row in frame[example.schema.names].astype(object).itertuples(index=False)
    }
    assert not rows & set(zip(*found.values(), strict=True))


def test_the_background_has_values_and_gaps_as_often_as_the_file():
    example = nests("regression")
    column = pd.Series([1.0] * 40 + [2.0] * 20 + [np.nan] * 20)
    schema = replace(example.schema, features=(("a", "numeric"),))
    found = draw_background(schema, pd.DataFrame({"a": column}), 0)["a"]
    assert [found.count(value) for value in (1.0, 2.0, None)] == [8, 4, 4]


def test_a_damaged_background_is_refused():
    schema = nests("multiclass").schema
    whole = draw_background(schema, nests("multiclass").frame, 0)
    read_background(schema, whole)
    name = schema.written[0]
    for damaged in (
        {**whole, name: None},
        {**whole, name: whole[name][1:]},
        {**whole, name: [7] * ROWS},
        {**whole, schema.numeric[0]: ["x"] * ROWS},
        {key: cells for key, cells in whole.items() if key != name},
        [],
    ):
        with pytest.raises(UntrustedModelError, match="background"):
            read_background(schema, damaged)


def test_the_model_folder_keeps_the_background(fitted):
    example, folder = fitted("multiclass")
    table = parse_request(example.schema, rows_of(example), "text/csv")
    _, found = load_folder(folder).predict_with_reasons(table)
    assert found.contributions.shape == (table.rows, len(example.schema.names))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_request_with_reasons_encodes_its_rows_once(fitted, monkeypatch, task):
    example, folder = fitted(task)
    model = load_folder(folder)
    body = rows_of(example)
    ask(model, body)  # from now on the background is encoded
    encoded = []
    own = Predictor._transform

    def transform(self, table):
        encoded.append(table)
        return own(self, table)

    monkeypatch.setattr(Predictor, "_transform", transform)
    assert ask(model, body)["reasons"]["method"] == "exact"
    assert len(encoded) == 1
