"""The verdict in words: every rule met by real outcomes, at its edges; no word against a figure."""

import csv
import io
import json
import re
from typing import Any

import numpy as np
import pytest

from lambdas.evaluate.groups import by_group
from lambdas.evaluate.loading import load
from lambdas.gate.decision import decide, held_back
from lambdas.quality.baseline import against_constant, baseline, constant
from lambdas.quality.comparison import compare
from lambdas.quality.curves import WANTED_RECALL, other_threshold
from lambdas.quality.tasks import scores
from lambdas.quality.verdict import CODES, held, verdict
from lambdas.report.language import LANGUAGES, language
from lambdas.report.run_message import sentences

Document = dict[str, Any]


def lines_of(truth: Any, labels: list[str], answers: Any) -> list[str]:
    """Return the lines of ``predictions.csv``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["row", "actual", "prediction", *(f"probability:{name}" for name in labels)])
    for actual, answer in zip(truth, answers, strict=True):
        if labels:
            best = max(range(len(labels)), key=lambda index: answer[index])
            writer.writerow([1, actual, labels[best], *answer])
        else:
            writer.writerow([1, actual, answer])
    return io.StringIO(text.getvalue(), newline="").readlines()


def measured(task: str, truth: Any, labels: list[str], answers: Any) -> Document:
    """Return ``metrics.json`` of true classes or numbers and of what a model answers."""
    scored = load(lines_of(truth, labels, answers), len(truth), task).scored
    if labels:
        target = {"classes": {name: {"train": list(truth).count(name)} for name in labels}}
    else:
        target = {"mean": {"train": float(np.mean([float(each) for each in truth]))}}
    return scores(scored) | {"baseline": baseline(scored, target)}


def two(*counted: tuple[str, float, int]) -> Document:
    """Return the metrics of (true class, probability of yes, how many rows) triples."""
    truth = [actual for actual, _, count in counted for _ in range(count)]
    answers = [(round(1 - p, 6), p) for _, p, count in counted for _ in range(count)]
    return measured("binary", truth, ["no", "yes"], answers)


def moved(document: Document, threshold: float) -> Document:
    """Return what a model of two classes with another threshold would say of itself."""
    thresholds = {"no": 1 - threshold, "yes": threshold}
    return document | {"threshold": {"positive_class": "yes", "thresholds": thresholds}}


def table(found: int, missed: int, alarms: int, cleared: int) -> Document:
    """Return the metrics of a model that knows two probabilities only."""
    return two(("yes", 0.8, found), ("yes", 0.2, missed), ("no", 0.8, alarms), ("no", 0.2, cleared))


def several(matrix: list[list[int]]) -> Document:
    """Return the metrics of a confusion matrix of the classes a, b, …, answered with certainty."""
    labels = [chr(ord("a") + index) for index in range(len(matrix))]
    truth, answers = [], []
    for actual, line in enumerate(matrix):
        for predicted, count in enumerate(line):
            truth += [labels[actual]] * count
            answers += [[float(predicted == index) for index in range(len(labels))]] * count
    return measured("multiclass", truth, labels, answers)


def numbers(slope: float, noise: float, rows: int = 100) -> Document:
    """Return the metrics of predictions that follow the truth by a slope, with noise."""
    generator = np.random.default_rng(3)
    truth = generator.normal(size=rows)
    predicted = slope * truth + noise * generator.normal(size=rows)
    return measured("regression", truth.tolist(), [], predicted.tolist())


def ranked(area: float, rows: int = 200) -> Document:
    """Return the metrics of as many rows of either class with (nearly) this ROC AUC.

    Each yes stands above the same number of the no's.
    """
    half = rows // 2
    below = round(area * half)
    no = np.linspace(0.1, 0.9, half)
    yes = 0.0 if below == 0 else float(no[below - 1]) + 0.001
    truth = ["no"] * half + ["yes"] * half
    answers = [(1 - p, p) for p in [*no.round(6).tolist(), *([round(yes, 6)] * half)]]
    return measured("binary", truth, ["no", "yes"], answers)


def by_groups(*found: int) -> Document:
    """Return the metrics of groups of 30 positive and 30 negative rows, with so many found."""
    rows = [
        row
        for each in found
        for row in [("yes", 0.8)] * each + [("yes", 0.2)] * (30 - each) + [("no", 0.2)] * 30
    ]
    truth, answers = [row[0] for row in rows], [(round(1 - p, 6), p) for _, p in rows]
    scored = load(lines_of(truth, ["no", "yes"], answers), len(rows), "binary").scored
    numbers = np.repeat(np.arange(len(found)), 60).astype(np.int32)
    groups = by_group(scored, {"ward": (numbers, [f"SECRET{at}" for at in range(len(found))])})
    target = {"classes": {name: {"train": truth.count(name)} for name in ("no", "yes")}}
    return scores(scored) | {"baseline": baseline(scored, target), "groups": groups}


# The file that this began with: 186 test rows, 26 of them positive, none found, ranked well.
READMISSION = two(("yes", 0.4, 13), ("yes", 0.2, 13), ("no", 0.3, 30), ("no", 0.1, 130))

# what is measured → the statements of which one must be made
EDGES: dict[str, tuple[Document, str]] = {
    "none found, well ranked": (READMISSION, "positive.never"),
    "another threshold would find them": (READMISSION, "threshold"),
    "as good as the most frequent class": (READMISSION, "accuracy.equal"),
    "one found of 26": (table(1, 25, 0, 160), "positive.chance"),
    "six found of 26": (table(6, 20, 0, 160), "positive.few_found"),
    "all that is claimed is wrong": (table(0, 26, 3, 157), "positive.none_found"),
    "every row claimed": (table(26, 0, 160, 0), "negative.none_found"),
    "no negative row recognized": (table(25, 1, 160, 0), "negative.none_found"),
    "one negative row recognized": (table(26, 0, 159, 1), "positive.chance"),
    "no positive row to find": (table(0, 0, 3, 97), "positive.absent"),
    "no negative row": (table(90, 10, 0, 0), "negative.absent"),
    "at random": (table(10, 10, 50, 50), "positive.chance"),
    "the wrong way round": (table(5, 95, 95, 5), "positive.worse"),
    "just below half found": (table(49, 51, 10, 90), "positive.few_found"),
    "just half found": (table(50, 50, 10, 90), "positive.finds"),
    "just below half right": (table(49, 1, 51, 899), "positive.false_alarms"),
    "just half right": (table(50, 1, 50, 899), "positive.finds"),
    "all found": (table(50, 0, 0, 50), "positive.finds"),
    "interval of the area just holds 0.5": (ranked(0.57), "ranking.chance"),
    "just above": (ranked(0.61), "ranking.poorly"),
    "0.69 is poor": (ranked(0.69), "ranking.poorly"),
    "0.70": (ranked(0.70), "ranking.moderately"),
    "0.79": (ranked(0.79), "ranking.moderately"),
    "0.80": (ranked(0.80), "ranking.well"),
    "0.89": (ranked(0.89), "ranking.well"),
    "0.90": (ranked(0.90), "ranking.very_well"),
    "an area below 0.5": (ranked(0.30), "ranking.worse"),
    "as many right as the most frequent class": (table(30, 20, 30, 120), "accuracy.equal"),
    "one less": (table(30, 20, 31, 119), "accuracy.lower"),
    "one less, at a moved threshold": (
        moved(table(30, 20, 31, 119), 0.0325), "accuracy.given_up",
    ),
    "at a moved threshold that finds nothing": (
        moved(table(10, 10, 50, 50), 0.3), "accuracy.lower",
    ),
    "one more": (table(31, 19, 30, 120), "accuracy.chance"),
    "many more": (table(45, 5, 5, 145), "accuracy.higher"),
    "of three classes one never": (
        several([[30, 0, 0], [0, 30, 0], [5, 5, 0]]), "classes.none_found",
    ),
    "of three classes all": (several([[30, 0, 0], [0, 30, 0], [5, 4, 1]]), "classes.finds"),
    "three classes at random": (several([[10, 10, 10]] * 3), "classes.chance"),
    "three classes the wrong way round": (
        several([[0, 30, 0], [0, 0, 30], [30, 0, 0]]), "classes.worse",
    ),
    "a single class": (several([[10, 5], [0, 0]]), "classes.one"),
    "numbers at random": (numbers(0.0, 0.1), "r2.chance"),
    "numbers the wrong way round": (numbers(-1.0, 0.1), "r2.worse"),
    "larger errors than the mean's": (numbers(-1.0, 0.1), "mae.larger"),
    "the mean itself": (
        measured("regression", [0.0, 1.0] * 20, [], [0.5] * 40), "mae.equal",
    ),
    "numbers explained": (numbers(1.0, 0.5), "r2.explains"),
    "smaller errors": (numbers(1.0, 0.5), "mae.smaller"),
    "one group found more often": (by_groups(25, 10), "groups.differ"),
}  # fmt: skip


def said(document: Document, code: str = "en") -> str:
    return " ".join(each["text"] for each in sentences(language(code), verdict(document)))


@pytest.mark.parametrize("case", EDGES)
def test_a_rule_applies_up_to_its_edge(case: str) -> None:
    document, code = EDGES[case]
    assert code in [each["code"] for each in verdict(document)["statements"]], said(document)


def test_every_statement_is_met_by_an_outcome_and_has_a_sentence_in_each_language() -> None:
    assert {code for _, code in EDGES.values()} == set(CODES)
    for code in LANGUAGES:
        words = language(code)
        assert all(words.has(f"verdict.{each}") for each in CODES)
        for document, _ in EDGES.values():
            assert "{" not in said(document, code)


@pytest.mark.parametrize("case", EDGES)
def test_no_word_contradicts_a_figure(case: str) -> None:
    """Praise needs a figure that bears it, as it is printed to three digits."""
    document = EDGES[case][0]
    levels = {each["code"]: each["level"] for each in verdict(document)["statements"]}
    metrics, text = document["metrics"], said(document)
    shown = {name: round(value, 3) for name, value in metrics.items()}
    if metrics.get("sensitivity") == 0:
        assert "finds none of the positive" in text
    if "good" in {levels.get(code) for code in levels if code.startswith("positive")}:
        assert shown["sensitivity"] >= 0.5
        assert shown["precision"] >= 0.5
        assert shown["balanced_accuracy"] > 0.5
    if "ranking.chance" in levels:
        around = document["intervals"]["roc_auc"]
        assert around["low"] <= 0.5005
        assert around["high"] >= 0.5
    if "accuracy.higher" in levels:
        assert shown["accuracy"] > round(document["baseline"]["metrics"]["accuracy"], 3)
    if "r2.explains" in levels:
        assert document["intervals"]["r2"]["low"] > 0


@pytest.mark.parametrize("case", EDGES)
def test_the_threshold_that_is_named_is_the_one_that_was_used(case: str) -> None:
    document = EDGES[case][0]
    words = "At its threshold of "
    if document["task"] == "binary" and words in (text := said(document)):
        used = (document.get("threshold") or {}).get("thresholds", {}).get("yes", 0.5)
        assert text.split(words)[1].startswith(f"{used} the model")
        assert f"umbral de {used}".replace(".", ",") in said(document, "es")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    "document",
    [table(1, 0, 0, 30), table(0, 1, 0, 30), table(0, 1, 2, 30), table(1, 0, 9, 30),
     table(1, 0, 28, 3), table(30, 0, 1, 0)],
)  # fmt: skip
def test_a_single_row_is_no_plural(document: Document, code: str) -> None:
    assert any(text in said(document, code) for text in ("the only", "la única"))


def test_the_other_threshold_does_what_is_said_of_it() -> None:
    generator = np.random.default_rng(1)
    happened = generator.random(300) < 0.15
    chance = np.clip(generator.normal(0.2 + 0.15 * happened, 0.1), 0.001, 0.49)
    found = other_threshold(chance, happened)
    assert found is not None
    claimed = chance >= found["threshold"]
    assert found["recall"] == (claimed & happened).sum() / happened.sum() >= WANTED_RECALL
    assert found["precision"] == (claimed & happened).sum() / claimed.sum()
    assert len(re.sub(r"^0\.0*", "", str(found["threshold"]))) <= 3
    assert other_threshold(chance, happened & False) is None
    assert other_threshold(np.zeros(9), np.ones(9, dtype=bool)) is None


def test_no_advice_where_ranking_is_chance() -> None:
    document = table(1, 25, 6, 154)
    assert "threshold" not in [each["code"] for each in verdict(document)["statements"]]


# The gate -----------------------------------------------------------------------------------------

# settings' limits → what the gate decides of the model that finds no positive row but ranks well
LIMITS: dict[str, tuple[dict[str, float], str, str]] = {
    "none": ({}, "hold", "finds_none"),
    "of another metric": ({"accuracy": 0.5}, "hold", "finds_none"),
    "0 is said to be enough": ({"sensitivity": 0.0}, "promote", "first"),
    "more is asked": ({"sensitivity": 0.1}, "reject", "threshold"),
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_model_that_finds_no_positive_row_waits_for_a_person(case: str) -> None:
    limits, wanted, rule = LIMITS[case]
    truth = ["yes"] * 26 + ["no"] * 160
    chances = [0.4] * 13 + [0.2] * 13 + [0.3] * 30 + [0.1] * 130
    lines = ["row,actual,prediction,probability:no,probability:yes\n"]
    lines += [f"1,{a},no,{1 - p:.1f},{p}\n" for a, p in zip(truth, chances, strict=True)]
    scored = load(lines, len(truth), "binary").scored
    document = scores(scored)
    against = compare("roc_auc", scored, constant(scored))
    decision = held_back(
        decide(document["metrics"], limits, 0, against, None), held(verdict(document), limits)
    )
    assert (decision.verdict, decision.rule) == (wanted, rule)
    if wanted == "hold":
        assert "never predicts the positive class" in str(decision.reason)


def test_what_is_rejected_anyway_is_not_held() -> None:
    assert held(verdict(EDGES["all that is claimed is wrong"][0]), {}) == "positive.none_found"
    assert held(verdict(EDGES["every row claimed"][0]), {"specificity": 0}) is None
    assert held(verdict(EDGES["of three classes one never"][0]), {}) is None
    assert held(None, {}) is None


def test_a_verdict_holds_no_class() -> None:
    document = several([[5, 2], [1, 7]]) | {"labels": ["SECRET-a", "SECRET-b"]}
    assert "SECRET" not in json.dumps(verdict(document))


# The verdict and the gate speak of the same model: one may not be sure of what the other is not.
AGREEING: dict[str, tuple[str, Any, list[Any], str, str]] = {
    "a perfect ranking of four rows": (
        "binary", ["no", "no", "yes", "yes"], [(0.9, 0.1), (0.4, 0.6), (0.3, 0.7), (0.1, 0.9)],
        "ranking.chance", "reject",
    ),
    "a perfect ranking of forty": (
        "binary", ["no", "yes"] * 20, [(0.9, 0.1), (0.1, 0.9)] * 20, "ranking.very_well", "promote",
    ),
    "one probability for all": (
        "binary", ["no", "yes"] * 20, [(0.6, 0.4)] * 40, "ranking.chance", "reject",
    ),
    "three classes, a row each": (
        "multiclass", ["a", "b", "c"], [(0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)],
        "classes.finds", "promote",
    ),
    "three classes, many rows": (
        "multiclass", ["a", "b", "c"] * 20,
        [(0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)] * 20, "classes.finds", "promote",
    ),
    "numbers explained": (
        "regression", [1.0, 2.0, 3.0, 4.0] * 10, [1.1, 2.2, 2.9, 4.3] * 10,
        "r2.explains", "promote",
    ),
    "the mean": (
        "regression", [1.0, 2.0, 3.0, 4.0] * 10, [2.5] * 40, "r2.chance", "reject",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AGREEING)
def test_verdict_and_gate_agree(case: str) -> None:
    task, truth, answers, code, wanted = AGREEING[case]
    labels = sorted(set(truth)) if task != "regression" else []
    scored = load(lines_of(truth, labels, answers), len(truth), task).scored
    document = scores(scored)
    against = against_constant(scored, document["intervals"])
    assert code in [each["code"] for each in verdict(document)["statements"]], said(document)
    assert decide(document["metrics"], {}, 0, against, None).verdict == wanted
    shown = document["intervals"][against.metric if labels else "r2"]
    assert (against.low > 0) == (shown["low"] > (against.other if labels else 0))


@pytest.mark.parametrize("case", EDGES)
def test_nothing_perfect_is_called_chance(case: str) -> None:
    """What is uncertain is called not shown, however good the figure beside it is."""
    assert "no better than chance" not in said(EDGES[case][0])


def test_a_difference_between_groups_is_said_without_their_names() -> None:
    found = verdict(by_groups(25, 10))
    assert found["statements"][-1] == {"code": "groups.differ", "level": "caution"}
    assert "SECRET" not in json.dumps(found)
    figures = found["figures"]
    assert 0 < figures["group_differences"] < figures["group_comparisons"] <= 4
    text = sentences(language("en"), found)[-1]["text"]
    assert f"{figures['group_differences']} of {figures['group_comparisons']} comparisons" in text
    assert "no proof of discrimination" in text
    assert held(found, ()) is None, "a person decides what it means, not the gate"
    alike = verdict(by_groups(20, 19))
    assert "groups.differ" not in [each["code"] for each in alike["statements"]]
    assert alike["figures"]["group_differences"] == 0
