"""Every metric equals scikit-learn's; intervals keep their promise; the document holds together."""

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from lambdas.evaluate.loading import load
from lambdas.evaluate.probes import percentiles
from lambdas.quality.bootstrap import replicates
from lambdas.quality.calibration import calibration_error
from lambdas.quality.curves import MOST_POINTS
from lambdas.quality.intervals import METHODS, f1_share, newcombe_ends, wilson_ends
from lambdas.quality.ranking import area, area_figure
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import figures, scores
from lambdas.shared.documents.document import METRICS
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.positive_class import BY_ORDER, PositiveClass, choose_positive

TOLERANCE = 1e-9


def predictions(
    truth: list[str], predicted: list[str], labels: list[str], probabilities: Any
) -> list[str]:
    """Return the lines of a predictions file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["row", "actual", "prediction", *(f"probability:{label}" for label in labels)])
    for row in zip(truth, predicted, probabilities, strict=True):
        writer.writerow([1, row[0], row[1], *row[2]])
    return io.StringIO(text.getvalue(), newline="").readlines()


def classified(task: str, truth: list[str], labels: list[str], probabilities: Any) -> Scored:
    rows = np.asarray(probabilities, dtype=float)
    predicted = [labels[index] for index in rows.argmax(axis=1)]
    lines = predictions(truth, predicted, labels, rows.tolist())
    return load(lines, len(truth), task).scored


def estimated(truth: Any, predicted: Any) -> Scored:
    lines = predictions(
        [repr(float(x)) for x in truth], [repr(float(x)) for x in predicted], [], [[]] * len(truth)
    )
    return load(lines, len(truth), "regression").scored


def equal(measured: dict[str, float], expected: dict[str, float]) -> None:
    assert measured.keys() == expected.keys()
    for name, value in expected.items():
        assert math.isclose(measured[name], value, rel_tol=0, abs_tol=TOLERANCE), name


def binary_data(seed: int, rows: int = 200) -> tuple[list[str], Any]:
    generator = np.random.default_rng(seed)
    happened = generator.random(rows) < 0.4
    # Rounded, so that ties are put to the test.
    noise = generator.normal(0, 0.3, rows)
    chance = np.clip(0.5 + (happened - 0.5) * 0.4 + noise, 0, 1).round(2)
    return ["yes" if each else "no" for each in happened], np.column_stack([1 - chance, chance])


@pytest.mark.parametrize("seed", range(5))
def test_binary_equals_scikit_learn(seed: int) -> None:
    truth, probabilities = binary_data(seed)
    document = scores(classified("binary", truth, ["no", "yes"], probabilities))
    predicted = np.array(["no", "yes"])[probabilities.argmax(axis=1)]
    happened, chance = np.array(truth) == "yes", probabilities[:, 1]
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [abs((happened - chance)[bins == each].sum()) for each in range(10)]
    equal(
        document["metrics"],
        {
            "accuracy": sk.accuracy_score(truth, predicted),
            "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
            "roc_auc": sk.roc_auc_score(happened, chance),
            "pr_auc": sk.average_precision_score(happened, chance),
            "f1": sk.f1_score(truth, predicted, pos_label="yes"),
            "sensitivity": sk.recall_score(truth, predicted, pos_label="yes"),
            "specificity": sk.recall_score(truth, predicted, pos_label="no"),
            "precision": sk.precision_score(truth, predicted, pos_label="yes"),
            "negative_predictive_value": sk.precision_score(truth, predicted, pos_label="no"),
            "log_loss": sk.log_loss(truth, probabilities, labels=["no", "yes"]),
            "brier": sk.brier_score_loss(happened, chance),
            "calibration_error": sum(gaps) / len(truth),
        },
    )
    assert document["confusion_matrix"] == sk.confusion_matrix(truth, predicted).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_multiclass_equals_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    labels = ["a", "b", "c", "d"]
    truth = [labels[i] for i in generator.integers(0, 4, 200)]
    probabilities = generator.dirichlet([1] * 4, 200)
    document = scores(classified("multiclass", truth, labels, probabilities))
    predicted = [labels[i] for i in probabilities.argmax(axis=1)]
    calibration = document["metrics"].pop("calibration_error")
    assert 0 < calibration < 1
    equal(
        document["metrics"],
        {
            "accuracy": sk.accuracy_score(truth, predicted),
            "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
            "roc_auc": sk.roc_auc_score(truth, probabilities, multi_class="ovr", labels=labels),
            "f1_macro": sk.f1_score(truth, predicted, average="macro"),
            "log_loss": sk.log_loss(truth, probabilities, labels=labels),
        },
    )
    assert document["confusion_matrix"] == sk.confusion_matrix(truth, predicted).tolist()
    assert "positive_class" not in document
    for index, entry in enumerate(document["classes"]):
        ours = np.array(truth) == labels[index]
        expected = {
            "recall": sk.recall_score(truth, predicted, labels=[labels[index]], average="macro"),
            "precision": sk.precision_score(
                truth, predicted, labels=[labels[index]], average="macro"
            ),
            "f1": sk.f1_score(truth, predicted, labels=[labels[index]], average="macro"),
            "roc_auc": sk.roc_auc_score(ours, probabilities[:, index]),
        }
        equal(entry["metrics"], expected)


def test_regression_equals_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(1e6, 1, 100)
    predicted = truth + generator.normal(size=100)
    document = scores(estimated(truth, predicted))
    equal(
        document["metrics"],
        {
            "r2": sk.r2_score(truth, predicted),
            "mae": sk.mean_absolute_error(truth, predicted),
            "rmse": sk.root_mean_squared_error(truth, predicted),
            "median_absolute_error": sk.median_absolute_error(truth, predicted),
            "mean_error": float(np.mean(predicted - truth)),
        },
    )
    quantiles = document["residuals"]["quantiles"]
    assert quantiles["0.5"] == pytest.approx(np.median(predicted - truth))
    assert sum(document["residuals"]["histogram"]["rows"]) == 100


# Intervals ----------------------------------------------------------------------------------------


def test_intervals_agree_with_published_examples() -> None:
    # Newcombe 1998, Stat. Med. 17:857, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (successes, total), expected in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert wilson_ends(successes, total) == pytest.approx(expected, abs=5e-5)


def test_delongs_variance_is_that_of_the_definition() -> None:
    truth, probabilities = binary_data(3, rows=60)
    happened, chance = np.array(truth) == "yes", probabilities[:, 1]
    above, below = chance[happened], chance[~happened]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    variance = wins.mean(axis=1).var(ddof=1) / len(above) + wins.mean(axis=0).var(ddof=1) / len(
        below
    )
    found = area(chance, happened)
    assert found is not None
    assert np.mean(found.influence**2) / 60 == pytest.approx(variance, rel=1e-9)
    assert found.value == pytest.approx(wins.mean())


def test_a_perfect_result_on_few_rows_is_no_certainty() -> None:
    truth = ["no", "yes"] * 10
    probabilities = [[0.9, 0.1], [0.2, 0.8]] * 10
    document = scores(classified("binary", truth, ["no", "yes"], probabilities))
    for name in ("accuracy", "balanced_accuracy", "roc_auc", "pr_auc", "f1", "sensitivity"):
        assert document["metrics"][name] == 1.0
        assert 0.6 < document["intervals"][name]["low"] < 0.95, name
        assert document["intervals"][name]["high"] == 1.0
    three = classified("multiclass", ["a", "b", "c"] * 8, list("abc"), np.tile(np.eye(3), (8, 1)))
    found, _ = figures(three)
    for name in ("accuracy", "balanced_accuracy", "roc_auc", "f1_macro"):
        assert 0.6 < found[name].low < 0.95, name


@pytest.mark.parametrize(("positives", "negatives"), [(1, 1), (1, 50), (10, 10), (500, 500)])
def test_newcombes_ends_hold_the_area(positives: int, negatives: int) -> None:
    for value in (0.0, 0.5, 0.9, 1.0):
        low, high = newcombe_ends(value, positives, negatives)
        assert 0 <= low <= value <= high <= 1
        other = newcombe_ends(1 - value, negatives, positives)
        assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), abs=1e-9)


def test_more_rows_narrow_every_interval() -> None:
    widths = []
    for rows in (100, 10_000):
        truth, probabilities = binary_data(0, rows)
        found, undefined = figures(classified("binary", truth, ["no", "yes"], probabilities))
        assert not undefined
        widths.append({name: each.high - each.low for name, each in found.items()})
    assert all(widths[1][name] < widths[0][name] / 3 for name in widths[0])


def test_intervals_are_the_same_again() -> None:
    truth, probabilities = binary_data(1)
    scored = classified("binary", truth, ["no", "yes"], probabilities)
    assert scores(scored) == scores(scored)


def test_true_probabilities_may_have_no_calibration_error() -> None:
    generator = np.random.default_rng(0)
    chance = generator.random(500)
    found = calibration_error(chance, generator.random(500) < chance)
    assert found is not None
    assert found.low == 0.0 < found.value
    wrong = calibration_error(chance, generator.random(500) < chance**3)
    assert wrong is not None
    assert wrong.low > 0.05


def test_fewer_replicates_for_many_rows() -> None:
    assert (replicates(10), replicates(100_000), replicates(10**6)) == (2000, 2000, 200)
    assert replicates(10**9) == 200


# What rows do not define --------------------------------------------------------------------------


def test_what_rows_do_not_define_is_named_not_guessed() -> None:
    document = scores(classified("binary", ["a"] * 3, ["a", "b"], [[0.9, 0.1]] * 3))
    assert document["undefined"] == ["roc_auc", "pr_auc", "f1", "sensitivity", "precision"]
    assert document["metrics"]["accuracy"] == 1.0
    assert document["curves"] == {"roc": None, "precision_recall": None, "threshold": None}
    assert f1_share(0, 0, 0) is None
    assert area_figure(None) is None


def test_a_constant_truth_has_no_r2() -> None:
    document = scores(estimated([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert document["undefined"] == ["r2"]
    assert document["metrics"]["mae"] == 1.0


def test_a_class_the_model_never_saw_counts_as_wrong() -> None:
    rows = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]
    for task in ("multiclass", "binary"):
        document = scores(classified(task, ["a", "b", "z"], ["a", "b"], rows))
        assert document["labels"] == ["a", "b", "z"]
        assert document["metrics"]["accuracy"] == pytest.approx(2 / 3)
        assert document["confusion_matrix"][2] == [1, 0, 0]


def test_classes_in_another_order_than_sorted() -> None:
    truth, probabilities = binary_data(0)
    given = scores(classified("binary", truth, ["no", "yes"], probabilities))
    turned = scores(classified("binary", truth, ["yes", "no"], probabilities[:, ::-1]))
    for name in ("roc_auc", "log_loss", "brier"):
        assert turned["metrics"][name] == pytest.approx(given["metrics"][name], abs=1e-12)


def test_numbers_where_classes_belong_are_refused() -> None:
    with pytest.raises(EndpointRejected):
        load(predictions(["1"], ["1"], [], [[]]), 1, "binary")
    for truth, predicted in (("1", "SECRET"), ("SECRET", "1")):
        with pytest.raises(EndpointRejected) as caught:
            load(predictions([truth], [predicted], [], [[]]), 1, "regression")
        assert "SECRET" not in str(caught.value)
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (("B", "M"), "M"),
        (("benign", "malignant"), "malignant"),
        (("no", "yes"), "yes"),
        (("abnormal", "normal"), "abnormal"),
        (("0", "1"), "1"),
        (("dead", "died"), "died"),
        (("Churned", "Not churned"), "Churned"),
        (("churn", "no churn"), "churn"),
        (("no-recurrence-events", "recurrence-events"), "recurrence-events"),
        (("Non-Smoker", "Smoker"), "Smoker"),
        (("paid", "unpaid"), "paid"),
        (("Active", "Inactive"), "Active"),
        (("mature", "immature"), "mature"),
        (("asymptomatic", "symptomatic"), "symptomatic"),
        (("event", "no event"), "event"),
        (("no", "relapse"), "relapse"),
        (("remission", "didn\u2019t remit"), "remission"),
        (("has arrived", "has not arrived"), "has arrived"),
        (("without stroke", "stroke"), "stroke"),
        (("HER2 positive", "HER2 negative"), "HER2 positive"),
        (("HER2+", "HER2-"), "HER2+"),
        (("disease-free", "relapsed"), "relapsed"),
        (("normal", "tumor"), "tumor"),
        (("control", "treated"), "treated"),
        (("-1", "1"), "1"),
        (("0", "2"), "2"),
        (("diabetes", "sin diabetes"), "diabetes"),
        (("fumador", "no fumador"), "fumador"),
        (("no ingresó", "ingresó"), "ingresó"),
        (("con complicación", "sin complicación"), "con complicación"),
        (("sano", "tumor"), "tumor"),
        (("enfermo", "sano"), "enfermo"),
        (("No", "Sí"), "Sí"),
    ],
)
def test_the_positive_class(labels: tuple[str, str], positive: str) -> None:
    for given in (labels, labels[::-1]):
        assert choose_positive(given).label == positive
    other = next(label for label in labels if label != positive)
    named = PositiveClass(other, "set in the metadata of the upload")
    assert choose_positive(labels, named) == named
    assert choose_positive(labels, named._replace(label="absent")).label == positive


@pytest.mark.parametrize(
    ("labels", "positive", "by_order"),
    [
        (("union", "member"), "union", True),  # no negation of the other's name
        (("intact", "broken"), "intact", True),
        (("Nottingham", "Leeds"), "Nottingham", True),
        (("no", "not yet"), "not yet", True),  # both are negations
        (("Not churned", "Unknown"), "Unknown", False),
        (("a", "b"), "b", True),
    ],
)
def test_a_choice_by_order_alone_is_said(
    labels: tuple[str, str], positive: str, *, by_order: bool
) -> None:
    found = choose_positive(labels)
    assert found.label == positive
    assert (found.rule == BY_ORDER) == by_order


# The document -------------------------------------------------------------------------------------


def test_curves_are_short_and_end_where_they_must() -> None:
    generator = np.random.default_rng(0)
    truth = ["yes" if each else "no" for each in generator.random(5000) < 0.3]
    chance = np.clip(generator.normal(0.4, 0.2, 5000) + 0.2 * (np.array(truth) == "yes"), 0, 1)
    document = scores(
        classified("binary", truth, ["no", "yes"], np.column_stack([1 - chance, chance]))
    )
    roc, curve = document["curves"]["roc"], document["curves"]["precision_recall"]
    for points in (*roc.values(), *curve.values()):
        assert 20 < len(points) <= MOST_POINTS + 2
    ends = roc["false_positive_rate"], roc["true_positive_rate"]
    assert [(values[0], values[-1]) for values in ends] == [(0, 1), (0, 1)]
    drawn = np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
    assert drawn == pytest.approx(document["metrics"]["roc_auc"], abs=0.002)
    assert curve["recall"][-1] == 1.0
    assert curve["precision"][-1] >= 0.25


def test_every_point_of_a_short_curve_is_right() -> None:
    truth, probabilities = binary_data(0, rows=40)
    document = scores(classified("binary", truth, ["no", "yes"], probabilities))
    happened = np.array(truth) == "yes"
    alarms, found, _ = sk.roc_curve(happened, probabilities[:, 1], drop_intermediate=False)
    roc = document["curves"]["roc"]
    ours = list(zip(roc["false_positive_rate"], roc["true_positive_rate"], strict=True))
    assert set(ours) <= set(zip(alarms, found, strict=True))
    area_drawn = np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
    assert area_drawn == pytest.approx(document["metrics"]["roc_auc"], abs=1e-12)
    precision, recall, _ = sk.precision_recall_curve(happened, probabilities[:, 1])
    known = set(zip(recall.round(9), precision.round(9), strict=True))
    curve = document["curves"]["precision_recall"]
    points = zip(np.round(curve["recall"], 9), np.round(curve["precision"], 9), strict=True)
    assert set(points) <= known


def test_calibration_bins_hold_every_row() -> None:
    truth, probabilities = binary_data(0)
    document = scores(classified("binary", truth, ["no", "yes"], probabilities))
    bins = document["calibration"]["bins"]
    assert sum(each["rows"] for each in bins) == 200
    for each in bins:
        assert each["from"] <= each["mean_probability"] <= each["to"]
        assert each["observed_low"] <= each["observed"] <= each["observed_high"]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_document_is_json_with_an_interval_for_each_metric(task: str) -> None:
    generator = np.random.default_rng(0)
    if task == "regression":
        scored = estimated(generator.normal(size=50), generator.normal(size=50))
    else:
        labels = ["a", "b", "c"][: 2 if task == "binary" else 3]
        truth = [labels[i] for i in generator.integers(0, len(labels), 50)]
        scored = classified(task, truth, labels, generator.dirichlet([1] * len(labels), 50))
    document = json.loads(METRICS.text(scores(scored)))
    assert document["metrics"].keys() == document["intervals"].keys()
    for name, value in document["metrics"].items():
        interval = document["intervals"][name]
        assert interval["low"] <= value <= interval["high"]
        assert interval["method"] in METHODS
        assert interval["method"] in document["interval_methods"]


def test_percentiles() -> None:
    assert percentiles([float(i) for i in range(101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
