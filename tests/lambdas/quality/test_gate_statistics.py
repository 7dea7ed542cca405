"""Paired comparisons are those of scikit-learn and of published methods, and repeatable."""

import csv
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from lambdas.evaluate.loading import load
from lambdas.quality.baseline import constant
from lambdas.quality.comparison import aligned, compare
from lambdas.quality.scored import Scored
from lambdas.shared.settings.gate import GATE_METRICS, LOWER_IS_BETTER

ROWS = 400
OFFLINE = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1": lambda truth, predicted: sk.f1_score(truth, predicted, pos_label=1),
    "f1_macro": lambda truth, predicted: sk.f1_score(truth, predicted, average="macro"),
    "sensitivity": lambda truth, predicted: sk.recall_score(truth, predicted, pos_label=1),
    "specificity": lambda truth, predicted: sk.recall_score(truth, predicted, pos_label=0),
    "r2": sk.r2_score,
    "mae": sk.mean_absolute_error,
    "rmse": sk.root_mean_squared_error,
}


def classifier(seed: int, classes: int, skill: float, truth: Any) -> Scored:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(classes, len(truth)))
    scores[truth, np.arange(len(truth))] += skill
    chances = np.exp(scores) / np.exp(scores).sum(axis=0)
    task = "binary" if classes == 2 else "multiclass"
    labels = tuple("abcdef"[:classes])
    return Scored(task, truth, chances.argmax(axis=0), labels, chances, 1 if classes == 2 else None)


def regressor(seed: int, spread: float, truth: Any) -> Scored:
    error = np.random.default_rng(seed).normal(scale=spread, size=len(truth))
    return Scored("regression", truth, truth + error)


def pair(task: str, first: float, second: float, seed: int = 0) -> tuple[Scored, Scored]:
    generator = np.random.default_rng(seed)
    if task == "regression":
        truth = generator.normal(50, 3, ROWS)
        return regressor(seed + 1, first, truth), regressor(seed + 2, second, truth)
    classes = 2 if task == "binary" else 4
    truth = generator.integers(0, classes, ROWS)
    return (
        classifier(seed + 1, classes, first, truth),
        classifier(seed + 2, classes, second, truth),
    )


CASES = [(task, metric) for task, metrics in GATE_METRICS.items() for metric in metrics]


def offline(metric: str, scored: Scored) -> float:
    if metric == "roc_auc":
        return float(sk.roc_auc_score(scored.truth, scored.probabilities[1]))
    return float(OFFLINE[metric](scored.truth, scored.predicted))


@pytest.mark.parametrize(("task", "metric"), CASES)
def test_both_values_are_scikit_learns(task: str, metric: str) -> None:
    first, second = pair(task, 1.5, 0.8)
    found = compare(metric, first, second)
    assert found.candidate == pytest.approx(offline(metric, first), abs=1e-9)
    assert found.other == pytest.approx(offline(metric, second), abs=1e-9)


@pytest.mark.parametrize(("task", "metric"), CASES)
def test_gain_points_to_the_better_one_and_lies_in_its_interval(task: str, metric: str) -> None:
    skills = (0.5, 3.0) if task == "regression" else (2.5, 0.3)
    first, second = pair(task, *skills)
    found, turned = compare(metric, first, second), compare(metric, second, first)
    assert found.low is not None
    assert found.gain is not None
    assert found.high is not None
    assert 0 < found.low < found.gain < found.high
    assert turned.gain == pytest.approx(-found.gain)
    assert turned.high is not None
    assert turned.high < 0
    signed = -1 if metric in LOWER_IS_BETTER else 1
    assert found.gain == pytest.approx(
        signed * (offline(metric, first) - offline(metric, second)), abs=1e-9
    )


@pytest.mark.parametrize(("task", "metric"), CASES)
def test_the_same_answers_are_not_better_at_all(task: str, metric: str) -> None:
    first, _ = pair(task, 1.0, 1.0)
    found = compare(metric, first, first)
    assert (found.gain, found.low, found.high) == (0, 0, 0)


@pytest.mark.parametrize(("task", "metric"), CASES)
def test_a_comparison_can_be_repeated(task: str, metric: str) -> None:
    assert compare(metric, *pair(task, 1.2, 0.9)) == compare(metric, *pair(task, 1.2, 0.9))


def test_the_interval_of_areas_is_delongs() -> None:
    """Against the plain double sum of the paper's structural components."""
    first, second = pair("binary", 1.2, 0.9)
    positive = first.truth == 1
    components = []
    for scored in (first, second):
        scores = scored.probabilities[1]
        above = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
        components.append((above.mean(axis=1), above.mean(axis=0)))
    variance = sum(
        np.var(components[0][side] - components[1][side], ddof=1) / len(components[0][side])
        for side in (0, 1)
    )
    found = compare("roc_auc", first, second)
    assert found.high is not None
    assert found.low is not None
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-3)


def test_pairing_narrows_the_interval() -> None:
    """Two models that err on the same rows differ less by chance than two that do not."""
    truth = np.random.default_rng(0).normal(size=ROWS)
    shared = np.random.default_rng(1).normal(size=ROWS)
    slight = np.random.default_rng(2).normal(scale=0.05, size=ROWS)
    alike = compare(
        "rmse",
        Scored("regression", truth, truth + shared),
        Scored("regression", truth, truth + shared * 1.05 + slight),
    )
    assert alike.low is not None
    assert alike.low > 0


def test_rows_that_define_nothing_compare_as_nothing() -> None:
    truth = np.zeros(5, dtype=int)
    one_sided = classifier(0, 2, 1.0, truth)
    assert compare("roc_auc", one_sided, one_sided).gain is None
    none = one_sided.only(np.zeros(5, dtype=bool))
    assert compare("accuracy", none, none).gain is None


def test_classes_that_one_model_lacks_are_brought_into_order() -> None:
    truth = np.array([0, 1, 1, 0])
    old = Scored("binary", truth, truth, ("a", "c"), np.array([[1, 0, 0, 1], [0, 1, 1, 0]]), 1)
    new = Scored(
        "multiclass", np.array([0, 2, 2, 0]), np.array([0, 1, 2, 0]), ("a", "b", "c"), np.eye(3, 4)
    )
    first, second = aligned(new, old)
    assert first.labels == second.labels == ("a", "b", "c")
    assert second.truth.tolist() == first.truth.tolist() == [0, 2, 2, 0]
    assert second.probabilities.tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 1, 1, 0]]
    assert second.positive == 2
    assert compare("accuracy", first, second).other == 1


def test_a_constant_answer_is_the_best_there_is() -> None:
    first, _ = pair("binary", 1.0, 1.0)
    dull = constant(first)
    share = max(np.mean(first.truth), 1 - np.mean(first.truth))
    assert compare("accuracy", dull, dull).candidate == pytest.approx(share)
    assert compare("roc_auc", dull, dull).candidate == 0.5
    numbers, _ = pair("regression", 1.0, 1.0)
    assert compare("r2", constant(numbers), numbers).candidate == pytest.approx(0)


def test_the_predictions_file_is_read_as_evaluate_wrote_it() -> None:
    lines = ["row,actual,prediction,probability:no,probability:yes\n", "1,yes,no,0.6,0.4\n",
             "2,no,no,0.9,0.1\n", "3,yes,yes,0.2,0.8\n"]  # fmt: skip
    scored = load(lines, 3, "binary").scored
    assert compare("sensitivity", scored, constant(scored)).candidate == 0.5
    assert len(list(csv.reader(lines))) == 4
