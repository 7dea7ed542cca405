"""Reasons are ranked, shown towards the positive class, bounded, and never a cell's value."""

import json
from typing import Any

import numpy as np
import pytest

from lambdas.evaluate import reasons as module
from lambdas.evaluate.cases import typical, worst
from lambdas.evaluate.cells import grid, levels
from lambdas.evaluate.collect import Run, Source
from lambdas.evaluate.endpoint import Endpoint
from lambdas.evaluate.explained import explained
from lambdas.evaluate.reasons import reasons
from lambdas.evaluate.rows import Layout
from lambdas.quality.scored import Scored
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message
from lambdas.shared.requests import Requests, Sizing
from tests.lambdas.conftest import BUCKET
from tests.lambdas.evaluate.test_evaluate import BATCH, Scripted, as_csv, refused
from tests.lambdas.flow import ExplainingEndpoint, FakeEndpoint
from tests.lambdas.quality.test_metrics import classified, estimated

HEADER = ["weak", "strong", "idle", "word", "note", "t"]


def parts(row: dict[str, str]) -> dict[str, float]:
    strong = 0.4 * float(row["strong"])
    return dict.fromkeys(row, 0.0) | {"weak": -0.1 * float(row["weak"]), "strong": strong}


def output(row: dict[str, str]) -> float:
    return ExplainingEndpoint.base + sum(parts(row).values())


def classes(row: dict[str, str]) -> list[float]:
    return [1 - output(row), output(row)]


def table(rows: int) -> list[dict[str, str]]:
    generator = np.random.default_rng(0)
    return [
        {
            "weak": repr(float(generator.random())),
            "strong": repr(float(generator.random())),
            "idle": str(number),
            "word": "SECRET" if number == 3 else "ab"[number % 2],
            "note": f"note {number}",
        }
        for number in range(rows)
    ]


def ask(s3: Any, rows: list[dict[str, str]], scored: Scored, client: Any) -> dict[str, Any]:
    body = as_csv(HEADER, [[*row.values(), "x"] for row in rows])
    s3.put_object(Bucket=BUCKET, Key="t.csv", Body=body)
    run = Run(s3, Source(f"s3://{BUCKET}/t.csv", "t"), f"s3://{BUCKET}/r", lambda: True)
    layout = Layout(body.splitlines(keepends=True)[0], "t")
    return reasons(Endpoint(Requests(client, "e", lambda _: None), Sizing()), run, layout, scored)


def binary(rows: list[dict[str, str]], positive: str = "y") -> Scored:
    truth = ["ny"[output(row) > 0.4] for row in rows]
    scored = classified("binary", truth, ["n", "y"], [classes(row) for row in rows])
    assert scored.positive is not None
    return Scored(**{**vars(scored), "positive": scored.labels.index(positive)})


@pytest.mark.parametrize(("positive", "sign"), [("y", 1), ("n", -1)])
def test_features_are_ranked_with_their_direction(s3: Any, positive: str, sign: int) -> None:
    rows = table(300)
    client = ExplainingEndpoint(["n", "y"], classes, parts)
    found = ask(s3, rows, binary(rows, positive), client)
    assert (found["unit"], found["method"], found["of"]) == ("probability", "sampled", positive)
    assert found["rows"] == 100  # of a bounded sample
    assert max(client.explained) == 100
    names = [feature["name"] for feature in found["features"]]
    assert names[:2] == ["strong", "weak"]
    strong, weak = found["features"][:2]
    assert sign * strong["mean"] == pytest.approx(0.2, rel=0.2)
    assert sign * weak["mean"] == pytest.approx(-0.05, rel=0.2)
    assert strong["strength"] == pytest.approx(abs(strong["mean"]))
    # More of it speaks for the class: darker dots are on the right.
    assert np.corrcoef(strong["contributions"], strong["levels"])[0, 1] * sign > 0.99
    words = next(feature for feature in found["features"] if feature["name"] == "word")
    assert set(words["levels"]) == {None}


def test_single_rows_add_up_and_name_no_value(s3: Any) -> None:
    rows = table(120)
    scored = binary(rows)
    found = ask(s3, rows, scored, ExplainingEndpoint(["n", "y"], classes, parts))
    assert [case["kind"] for case in found["cases"]] == ["typical"] * 5 + ["worst"] * 5
    for case in found["cases"]:
        row = rows[case["row"] - 1]
        shown = sum(each["contribution"] for each in case["contributions"])
        assert case["base"] + shown + case["others"] == pytest.approx(case["output"])
        assert case["output"] == pytest.approx(output(row))
        assert case["actual"] == scored.labels[scored.truth[case["row"] - 1]]
        assert {each["name"] for each in case["contributions"]} == {"strong", "weak"}
        assert case["others"] == 0
    text = json.dumps(found)
    assert "SECRET" not in text
    assert "note 7" not in text


def test_numbers_are_explained_in_their_unit(s3: Any) -> None:
    rows = table(60)
    truth = [output(row) + 0.01 * number for number, row in enumerate(rows)]
    scored = estimated(np.array(truth), np.array([output(row) for row in rows]))
    found = ask(s3, rows, scored, ExplainingEndpoint([], output, parts))
    assert (found["unit"], found["of"]) == ("number", None)
    furthest = [case["row"] for case in found["cases"] if case["kind"] == "worst"]
    assert furthest == [60, 59, 58, 57, 56]
    assert found["dependence"][0]["of"] is None


def test_answers_are_measured_along_the_strongest_columns(s3: Any) -> None:
    rows = table(300)
    client = ExplainingEndpoint(["n", "y"], classes, parts)
    found = ask(s3, rows, binary(rows), client)["dependence"]
    assert [each["name"] for each in found] == ["strong", "weak"]  # the others do nothing
    strong = found[0]
    values = np.array(list(map(float, strong["values"])))
    assert np.all(np.diff(values) > 0)
    assert 0 < values[0] < 0.15
    assert 0.85 < values[-1] < 1
    assert np.diff(strong["mean"]) == pytest.approx(0.4 * np.diff(values), abs=1e-4)
    assert all(
        low < mean < high
        for low, mean, high in zip(strong["low"], strong["mean"], strong["high"], strict=True)
    )
    # What else differs between rows is the weak column: 80 % of its range.
    assert np.subtract(strong["high"], strong["low"]) == pytest.approx(0.08, abs=0.02)
    assert max(body.count(b"\n") for body in client.requests) <= 50 * 10 + 1


def test_of_several_classes_the_one_that_varies_most_is_shown(s3: Any) -> None:
    rows = table(90)

    def three(row: dict[str, str]) -> list[float]:
        return [0.3, 0.7 - output(row), output(row)]

    scored = classified("multiclass", ["a", "b", "c"] * 30, ["a", "b", "c"], [*map(three, rows)])
    found = ask(s3, rows, scored, ExplainingEndpoint(["a", "b", "c"], three, parts))
    assert found["of"] is None
    assert {each["of"] for each in found["dependence"]} <= {"b", "c"}
    assert {case["of"] for case in found["cases"]} == {"c"}


# Bounds -------------------------------------------------------------------------------------------


def said(found: dict[str, Any]) -> str:
    assert list(found) == ["skipped"]
    return str(Message.from_json(found["skipped"]))


def test_a_model_that_gives_no_reasons_is_no_failure(s3: Any) -> None:
    rows = table(30)
    found = ask(s3, rows, binary(rows), FakeEndpoint(["n", "y"], classes))
    assert said(found) == "the model's answers come without reasons"


def test_an_endpoint_that_refuses_to_explain_is_no_failure(s3: Any) -> None:
    rows = table(30)

    class Refusing(FakeEndpoint):
        def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
            raise refused("ModelError", OriginalStatusCode=400)

    assert "HTTP status 400" in said(ask(s3, rows, binary(rows), Refusing(["n", "y"], classes)))


def test_models_that_take_too_long_and_wide_tables_are_left(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = table(30)
    client = ExplainingEndpoint(["n", "y"], classes, parts)
    monkeypatch.setattr(module, "_seconds_of_row", lambda *_: 0.5)
    assert "too long" in said(ask(s3, rows, binary(rows), client))
    monkeypatch.setattr(module, "_seconds_of_row", lambda *_: 0.3)
    assert ask(s3, rows, binary(rows), client)["rows"] == 26
    monkeypatch.setattr(module, "_MOST_FEATURES", 4)
    assert "more than 4 features" in said(ask(s3, rows, binary(rows), client))


def test_a_request_with_too_many_rows_is_halved() -> None:
    def answer(value: float) -> bytes:
        row = {"reasons": {"base": value, "contributions": {"p": 1.0}}}
        how = {"unit": "number", "method": "exact"}
        return json.dumps({"predictions": [row], "reasons": how}).encode()

    size = Sizing(50)
    client: Any = Scripted(refused("ModelError", OriginalStatusCode=413), answer(1), answer(2))
    found = Endpoint(Requests(client, "e"), size).explain(BATCH)
    assert found.base.tolist() == [1, 2]
    assert client.bodies == [b"p\n1\n2\n", b"p\n1\n", b"p\n2\n"]
    assert size.rows == 50  # of requests without reasons


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"prediction\n1\n",
        b"[]",
        b'{"predictions": [{"prediction": 1}]}',
        b'{"predictions": [], "reasons": {"unit": "number", "method": "exact"}}',
        b'{"predictions": [{"reasons": {"base": "SECRET", "contributions": {"p": 1}}}],'
        b' "reasons": {"unit": "number", "method": "exact"}}',
        b'{"predictions": [{"reasons": {"base": 1, "contributions": {"p": NaN}}}],'
        b' "reasons": {"unit": "number", "method": "exact"}}',
        b'{"predictions": [{"reasons": {"base": 1, "contributions": {"p": 1}}}],'
        b' "reasons": {"unit": "SECRET", "method": "exact"}}',
    ],
)
def test_answers_without_reasons(body: bytes) -> None:
    with pytest.raises(EndpointRejected, match="come without reasons") as caught:
        explained(body, 1.0, 1)
    assert "SECRET" not in str(caught.value)


# Rows and cells -----------------------------------------------------------------------------------


def test_the_worst_rows_are_the_furthest_and_the_typical_ones_the_median_of_their_kind() -> None:
    truth = ["n"] * 7 + ["y"] * 3
    certain = [0.9, 0.82, 0.7, 0.6, 0.5, 0.1, 0.95, 0.99, 0.2, 0.6]
    scored = classified(
        "binary",
        truth,
        ["n", "y"],
        [
            [share, 1 - share] if label == "n" else [1 - share, share]
            for label, share in zip(truth, certain, strict=True)
        ],
    )
    assert worst(scored).tolist() == [5, 8, 4, 3, 9]
    # Of n the median loss is 0.3, of y 0.4; they take turns.
    assert typical(scored).tolist() == [2, 9, 3, 7, 1]
    few = scored.only(np.array([0, 8]))
    assert sorted(typical(few)) == sorted(worst(few)) == [0, 1]


def test_typical_numbers_are_spread_over_their_range() -> None:
    truth = np.arange(50.0)
    found = typical(estimated(truth, truth + np.tile([0.0, 1.0, 2.0, 3.0, 4.0], 10)))
    assert sorted(position // 10 for position in found) == [0, 1, 2, 3, 4]
    assert set(found % 5) == {2}


def test_levels_compare_with_what_differs() -> None:
    assert levels(["1", "5", "9", ""], ["1", "5", "5", "9"]) == [0.0, 0.5, 1.0, None]
    assert levels(["0", "1"], ["0", "0", "0", "1"]) == [0.0, 1.0]
    assert levels(["2"], ["2", "2"]) == [None]
    assert levels(["a"], ["a", "b"]) == [None]


def test_a_grid_has_frequent_categories_or_numbers_without_the_extremes() -> None:
    assert grid(["b"] * 6 + ["a"] * 9 + ["rare"] * 4 + [""] * 9) == ["a", "b"]
    assert grid(["1"] * 9 + ["0"] * 30 + ["7"]) == ["0", "1"]
    numbers = grid([str(number) for number in range(101)] + [""] * 20)
    assert (numbers[0], numbers[-1], len(numbers)) == ("5", "95", 10)
    assert grid([f"text {number}" for number in range(50)]) == []
    assert grid([""] * 5) == []
