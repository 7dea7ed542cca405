"""How often chance alone makes a figure fall as far."""

from itertools import chain, combinations

import numpy as np
import pytest
from sklearn import metrics as sk

from lambdas.quality import fall
from lambdas.quality.fall import chance_of_fall
from lambdas.quality.scored import Scored
from lambdas.shared.settings.gate import GATE_METRICS

_OF_NUMBERS = {
    "rmse": lambda truth, answer: -np.sqrt(np.mean((answer - truth) ** 2)),
    "mae": lambda truth, answer: -np.mean(np.abs(answer - truth)),
    "r2": sk.r2_score,
}
_OF_CLASSES = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1": sk.f1_score,
    "f1_macro": lambda truth, answer: sk.f1_score(truth, answer, average="macro"),
    "sensitivity": sk.recall_score,
    "specificity": lambda truth, answer: sk.recall_score(truth, answer, pos_label=0),
}
_NEED_BOTH = {"roc_auc", "sensitivity", "specificity"}


def _numbers(rows: int, error: float, seed: int, freedom: int = 100) -> Scored:
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=rows)
    return Scored("regression", truth, truth + error * generator.standard_t(freedom, size=rows))


def _classes(rows: int, error: float, seed: int, classes: int = 2) -> Scored:
    generator = np.random.default_rng(seed)
    truth = generator.integers(classes, size=rows)
    scores = np.eye(classes)[truth] + generator.normal(scale=error, size=(rows, classes))
    chances = np.round(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), 2).T
    task = "binary" if classes == 2 else "multiclass"
    labels = tuple("abcde"[:classes])
    positive = 1 if classes == 2 else None
    return Scored(task, truth, chances.argmax(axis=0), labels, chances, positive)


def _exact(metric: str, before: Scored, now: Scored) -> float:
    """Return the p-value over every parting of the rows, by scikit-learn's figures."""
    truth = np.concatenate([before.truth, now.truth])
    answer = np.concatenate([before.predicted, now.predicted])
    scores = truth * 0.0
    if before.labels:
        scores = np.concatenate([before.probabilities[-1], now.probabilities[-1]])

    def figure(rows: list[int]) -> float:
        if metric == "roc_auc":
            return sk.roc_auc_score(truth[rows], scores[rows])
        return {**_OF_NUMBERS, **_OF_CLASSES}[metric](truth[rows], answer[rows])

    every = range(len(truth))
    falls: list[float] = []
    for earlier in combinations(every, before.rows):
        sides = list(earlier), [row for row in every if row not in earlier]
        if metric in _NEED_BOTH and any(len(set(truth[rows])) < 2 for rows in sides):
            continue
        falls.append(figure(sides[0]) - figure(sides[1]))
    return float(np.mean(np.array(falls) >= falls[0] - 1e-12))


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("metric", sorted({*chain(*GATE_METRICS.values())}))
def test_it_is_the_share_of_all_partings_of_the_rows(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fall, "_ENOUGH", 2000)  # all of them are looked at
    pair = _classes(4, 0.5, 0), _classes(4, 1.5, 2)
    if metric in _OF_NUMBERS:
        pair = _numbers(4, 0.2, 0), _numbers(4, 0.6, 1)
    assert chance_of_fall(metric, [pair[0]], pair[1]) == pytest.approx(
        _exact(metric, *pair), abs=0.03
    )


@pytest.mark.parametrize(("task", "metrics"), GATE_METRICS.items())
def test_a_fall_is_seen_and_a_rise_is_none(task: str, metrics: tuple[str, ...]) -> None:
    make = {"regression": _numbers, "binary": _classes}.get(task)
    if make is None:
        good, bad = _classes(150, 0.5, 1, classes=4), _classes(100, 3, 2, classes=4)
    else:
        good, bad = make(150, 0.3, 1), make(100, 1, 2)
    for metric in metrics:
        assert chance_of_fall(metric, [good], bad) < 0.01
        assert chance_of_fall(metric, [bad], good) > 0.2


def test_false_alarms_are_as_rare_as_stated_though_the_errors_have_a_long_tail() -> None:
    found = [
        chance_of_fall("rmse", [_numbers(20, 1, seed, 2)], _numbers(30, 1, 1000 + seed, 2))
        for seed in range(200)
    ]
    assert sum(chance <= 0.05 for chance in found) <= 18  # of Binomial(200, 0.05): 99 %


def test_rows_that_do_not_define_the_metric_tell_nothing() -> None:
    before, now = _classes(50, 1, 1), _classes(50, 1, 2)
    only = now.only(now.truth == 0)
    assert chance_of_fall("roc_auc", [before], only) == 1.0


def test_classes_that_one_file_lacks_are_brought_together() -> None:
    before, now = _classes(80, 0.5, 1, classes=3), _classes(80, 3, 2, classes=4)
    assert chance_of_fall("balanced_accuracy", [before], now) < 0.01


def test_rows_of_several_files_tell_more_than_those_of_one() -> None:
    files, now = [_numbers(15, 1, seed) for seed in range(8)], _numbers(15, 1.5, 8)
    assert chance_of_fall("rmse", files, now) < 0.01 < chance_of_fall("rmse", files[:1], now)
