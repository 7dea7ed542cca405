"""Importance finds what matters, groups are told apart or hidden, the baseline is a dummy's."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn import dummy
from sklearn import metrics as sk

from lambdas.evaluate.batches import draw
from lambdas.evaluate.groups import by_group
from lambdas.evaluate.importance import importance, plan
from lambdas.evaluate.probes import REQUESTS
from lambdas.evaluate.result import predicted
from lambdas.evaluate.rows import Layout
from lambdas.quality.baseline import baseline
from lambdas.quality.scored import Scored
from lambdas.shared.documents.bucket import ObjectFile
from lambdas.shared.group_size import FEWEST_ROWS
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET
from tests.lambdas.evaluate.test_evaluate import as_csv
from tests.lambdas.flow import FakeEndpoint
from tests.lambdas.quality.test_metrics import binary_data, classified, estimated

# Importance ---------------------------------------------------------------------------------------


def sampled(s3: Any, table: list[list[str]], header: list[str], wanted: int = 1000) -> Any:
    s3.put_object(Bucket=BUCKET, Key="t.csv", Body=as_csv(header, table))
    file = ObjectFile(s3, f"s3://{BUCKET}/t.csv")
    layout = Layout(file.readline(), header[-1])
    return draw(file, layout, len(table), wanted)


def test_importance_ranks_features_by_what_they_are_worth(s3: Any) -> None:
    from lambdas.evaluate.endpoint import Endpoint
    from lambdas.shared.requests import Requests, Sizing

    generator = np.random.default_rng(0)
    cells = generator.normal(size=(300, 3))
    truth = 3 * cells[:, 0] + cells[:, 2]
    table = [
        [*map(repr, map(float, row)), repr(float(y))] for row, y in zip(cells, truth, strict=True)
    ]
    client: Any = FakeEndpoint([], lambda row: 3 * float(row["strong"]) + float(row["weak"]))
    sample = sampled(s3, table, ["strong", "idle", "weak", "t"])
    found = importance(
        Endpoint(Requests(client, "e"), Sizing()), sample, estimated(truth, truth), 5, 4
    )
    assert [each["name"] for each in found["features"]] == ["strong", "weak", "idle"]
    importances = {each["name"]: each["importance"] for each in found["features"]}
    assert importances["idle"] == pytest.approx(0.0, abs=1e-12)
    # A shuffled cell is off by sqrt(2) standard deviations: 3 of them, and 1.
    assert importances["strong"] == pytest.approx(3 * 2**0.5, rel=0.15)
    assert importances["weak"] == pytest.approx(2**0.5, rel=0.15)
    assert (found["loss"], found["rows"], found["repeats"]) == ("rmse", 300, 5)
    assert len(client.requests) == 15


def test_importance_of_classes_is_a_rise_of_the_brier_score(s3: Any) -> None:
    from lambdas.evaluate.endpoint import Endpoint
    from lambdas.shared.requests import Requests, Sizing

    truth = ["n", "y"] * 50
    table = [[str(index % 2), str(index % 7), label] for index, label in enumerate(truth)]
    rule = {"0": [0.9, 0.1], "1": [0.1, 0.9]}
    client: Any = FakeEndpoint(["n", "y"], lambda row: rule[row["a"]])
    scored = classified("binary", truth, ["n", "y"], [rule[row[0]] for row in table])
    sample = sampled(s3, table, ["a", "b", "t"])
    found = importance(Endpoint(Requests(client, "e"), Sizing()), sample, scored, 5, 2)
    assert found["unshuffled_loss"] == pytest.approx(0.1**2)
    first, second = found["features"]
    # Half of the rows then get the other class's probabilities.
    assert first["importance"] == pytest.approx(0.5 * (0.9**2 - 0.1**2), rel=0.3)
    assert (second["name"], second["importance"]) == ("b", pytest.approx(0.0, abs=1e-12))


@pytest.mark.parametrize(
    ("rows", "features", "rate", "expected"),
    [
        (86, 30, 1e5, (86, 3)),
        (10**6, 10, 1e5, (1000, 3)),
        (10**6, 100, 1e5, (100, 3)),
        (10**6, 100, 500.0, (50, 2)),
        (10**6, 201, 1e5, None),
        (10**6, 100, 10.0, None),
    ],
)
def test_importance_is_bounded(
    rows: int, features: int, rate: float, expected: tuple[int, int] | None
) -> None:
    planned = plan(rows, features, rate)
    assert (planned and (planned.rows, planned.repeats)) == expected


def test_a_sample_is_spread_over_the_split_and_the_same_again(s3: Any) -> None:
    table = [[str(index), "y"] for index in range(5000)]
    sample = sampled(s3, table, ["p", "t"], wanted=100)
    assert [int(row.sent) for row in sample.rows] == sample.positions.tolist()
    assert len(sample.rows) == 100
    assert np.histogram(sample.positions, bins=5, range=(0, 5000))[0].min() > 8
    again = sampled(s3, table, ["p", "t"], wanted=100)
    assert again.positions.tolist() == sample.positions.tolist()


# Groups -------------------------------------------------------------------------------------------


def test_each_group_has_its_own_figures_and_small_ones_are_hidden() -> None:
    truth, probabilities = binary_data(0, rows=200)
    scored = classified("binary", truth, ["no", "yes"], probabilities)
    numbers = np.array([0] * 100 + [1] * 81 + [2] * 19, dtype=np.int32)
    (column,) = by_group(scored, {"sex": (numbers, ["f", "m", "x"])})
    assert column["column"] == "sex"
    assert [each["group"] for each in column["groups"]] == ["f", "m"]
    assert [each["rows"] for each in column["groups"]] == [100, 81]
    assert column["not_shown"] == {"groups": 1, "rows": 19}
    assert column["fewest_rows"] == FEWEST_ROWS == 20
    predicted = np.array(["no", "yes"])[probabilities.argmax(axis=1)]
    for each, rows in zip(column["groups"], (slice(0, 100), slice(100, 181)), strict=True):
        expected = sk.recall_score(truth[rows], predicted[rows], pos_label="yes")
        assert each["metrics"]["sensitivity"] == pytest.approx(expected, abs=1e-12)
        assert each["intervals"]["sensitivity"]["method"] == "wilson"
    assert "x" not in json.dumps(column["groups"])
    selected = [np.mean(predicted[rows] == "yes") for rows in (slice(0, 100), slice(100, 181))]
    rate = column["differences"]["selection_rate"]
    assert rate["difference"]["value"] == pytest.approx(max(selected) - min(selected))
    assert rate["groups"] == 2, "a group that is hidden is not compared"


def test_many_numbers_are_compared_by_quarters() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=400)
    ages = [str(age) for age in range(20, 60)] + [""]
    numbers = np.append(generator.integers(0, 40, 370), [40] * 30).astype(np.int32)
    (column,) = by_group(estimated(truth, truth + 1), {"age": (numbers, ages)})
    names = [each["group"] for each in column["groups"]]
    assert len(names) == 5
    assert names[0].startswith("up to ")
    assert names[3].startswith("above ")
    assert names[4] is None
    assert sum(each["rows"] for each in column["groups"]) == 400
    assert all(each["metrics"]["mae"] == pytest.approx(1.0) for each in column["groups"])


# Baseline -----------------------------------------------------------------------------------------


def test_the_baseline_is_scikit_learns_dummy() -> None:
    truth, probabilities = binary_data(0)
    scored = classified("binary", truth, ["no", "yes"], probabilities)
    training = ["no"] * 70 + ["yes"] * 30
    found = baseline(scored, {"classes": {"no": {"train": 70}, "yes": {"train": 30}}})
    model = dummy.DummyClassifier(strategy="prior").fit([[0]] * 100, training)
    rows = [[0]] * len(truth)
    assert found["metrics"]["accuracy"] == pytest.approx(
        sk.accuracy_score(truth, model.predict(rows)), abs=1e-12
    )
    assert found["metrics"]["log_loss"] == pytest.approx(
        sk.log_loss(truth, model.predict_proba(rows)), abs=1e-12
    )
    assert found["metrics"]["roc_auc"] == 0.5
    numbers = estimated([1.0, 2.0, 6.0], [1.0, 2.0, 5.0])
    found = baseline(numbers, {"mean": {"train": 4.0}})
    assert found["metrics"]["mae"] == pytest.approx((3 + 2 + 2) / 3)


def test_predicted_numbers_are_kept_between_the_targets_quantiles() -> None:
    answers = np.array([-1.0, 1.0, 1.5, 2.0, 9.0])
    numbers = Scored("regression", answers, answers)
    known: Any = {
        "columns": [{"role": "target", "bins": {"edges": [1.0, 2.0], "counts": [3, 3, 3]}}]
    }
    assert predicted(numbers, known) == {"edges": [1.0, 2.0], "counts": [2, 2, 1]}
    old: Any = {"columns": [{"role": "target"}]}
    assert predicted(numbers, old) is None
    assert predicted(Scored("binary", answers, answers, ("a", "b")), known) is None


def test_a_class_only_the_test_has_is_no_part_of_the_baseline() -> None:
    scored = Scored("multiclass", np.array([0, 1, 2]), np.array([0, 1, 1]), ("a", "b", "c"),
                    np.eye(3))  # fmt: skip
    found = baseline(scored, {"classes": {"a": {"train": 1}, "b": {"train": 3}}})
    assert found["metrics"]["accuracy"] == pytest.approx(1 / 3)


# All together -------------------------------------------------------------------------------------


def test_the_document_tells_all_of_it(
    s3: Any, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(0)
    lines = ["x,sex,note,target"]
    for index, value in enumerate(generator.normal(size=600)):
        lines.append(f"{value},{'fm'[index % 2]},SECRET{index % 3},{'yn'[int(value > 0)]}")
    upload = flow.put(s3, "incoming/d/data.csv", "\n".join(lines) + "\n", compare_by="sex")
    prepared = flow.preprocess(upload)
    assert prepared["compare_by"] == ["sex"]
    endpoint = FakeEndpoint(
        ["n", "y"], lambda row: [0.8, 0.2] if float(row["x"]) > 0.1 else [0.1, 0.9]
    )
    told = flow.evaluate(monkeypatch, prepared, endpoint)
    document = json.loads(flow.stored(s3, "reports/d/run-1/metrics.json"))
    assert document["importance"]["features"][0]["name"] == "x"
    assert {each["group"] for each in document["groups"][0]["groups"]} == {"f", "m"}
    assert document["baseline"]["metrics"]["roc_auc"] == 0.5
    assert document["latency_ms"].keys() == {"p50", "p95", "p99"}
    assert sum(body.count(b"\n") == 2 for body in endpoint.requests) >= REQUESTS
    # Nothing of the data leaves the bucket.
    assert "SECRET" not in json.dumps(told)
    assert len(json.dumps(told)) < 5000
    emitted = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "RocAuc" in line
    ]
    assert emitted[0]["dataset"] == "d"
    assert emitted[0]["RocAuc"] == [document["metrics"]["roc_auc"]]


def test_a_column_that_is_no_feature_can_be_compared_by(s3: Any, monkeypatch: Any) -> None:
    lines = ["x,ward,target"]
    lines += [f"{index % 13},ward {index % 21},{'yn'[index % 13 > 6]}" for index in range(400)]
    upload = flow.put(
        s3, "incoming/d/data.csv", "\n".join(lines) + "\n", compare_by="WARD", group="ward"
    )
    prepared = flow.preprocess(upload)
    header = flow.stored(s3, "datasets/d/run-1/test/test.csv").splitlines()[0]
    assert header == "x,ward,target"
    assert flow.stored(s3, "datasets/d/run-1/train/train.csv").splitlines()[0] == "x,target"
    endpoint = FakeEndpoint(["n", "y"], lambda row: [0.4, 0.6])
    flow.evaluate(monkeypatch, prepared, endpoint)
    assert all(body.startswith(b"x\n") for body in endpoint.requests)
    document = json.loads(flow.stored(s3, "reports/d/run-1/metrics.json"))
    assert document["groups"][0]["column"] == "ward"


def test_a_column_to_compare_by_must_exist(s3: Any) -> None:
    from lambdas.shared.failures.errors import DataError

    lines = ["x,target", *(f"{index % 13},{'yn'[index % 13 > 6]}" for index in range(100))]
    upload = flow.put(s3, "incoming/d/data.csv", "\n".join(lines) + "\n", compare_by="x, sexx")
    with pytest.raises(DataError) as caught:
        flow.preprocess(upload)
    assert caught.value.code == "ColumnNotFound"
    assert "sexx" in str(caught.value)
