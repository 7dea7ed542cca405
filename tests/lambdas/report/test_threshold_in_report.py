"""The report says which threshold decided and why, and draws what others would have done."""

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lambdas.quality.ranking import steps
from lambdas.quality.verdict import used_threshold
from lambdas.report import charts, quality
from lambdas.report.language import LANGUAGES, language
from lambdas.report.threshold import explained
from tests.lambdas.quality.test_verdict import moved, numbers, several, table
from training.fit.aims import parse_aim
from training.fit.threshold import Known, choose_threshold

RARE, EVEN = Known({"no": 900, "yes": 60}, "yes"), Known({"no": 90, "yes": 60}, "yes")
GENERATOR = np.random.default_rng(0)
ILL = GENERATOR.random(200) < 0.1
SCORES = np.clip(GENERATOR.normal(0.1 + 0.2 * ILL, 0.1), 0.01, 0.99)
HELD_OUT = (np.where(ILL, "yes", "no"), np.stack([1 - SCORES, SCORES], axis=1))
NOTHING = (HELD_OUT[0][:0], HELD_OUT[1][:0])


def told(aim: str, known: Known = RARE, rows: Any = HELD_OUT) -> dict[str, Any]:
    """Return metrics of a model whose threshold training chose."""
    found = choose_threshold(parse_aim(aim), known, rows).to_dict()
    return table(45, 5, 5, 145) | {"threshold": found}


@pytest.mark.parametrize(
    ("document", "words", "palabras"),
    [
        (told("auto"), "has 15 times the rows", "tiene 15 veces las filas"),
        (told("auto", EVEN), "1.5 times the rows of the smallest, fewer", "1,5 veces"),
        (told("f1"), "for the highest F1", "el F1 más alto"),
        (told("sensitivity:0.95"), "at least 95.0% of the positive", "al menos el 95,0 %"),
        (told("specificity:0.9"), "at least 90.0% of the negative", "al menos el 90,0 %"),
        (told("cost:10:0.5"), "positive row costs 10, a false alarm 0.5", "una falsa alarma 0,5"),
        (told("0.3"), "from a probability of 0.3 on. The settings say so.", "Así lo indican"),
        (told("f1", rows=NOTHING), "It was to be chosen for the highest F1, but", "Debía elegirse"),
        (table(45, 5, 5, 145), "from a probability of 0.5 on.", "a partir de una probabilidad"),
    ],
)
def test_it_is_told_in_words(document: dict[str, Any], words: str, palabras: str) -> None:
    assert words in explained(language("en"), document)
    assert palabras in explained(language("es"), document).replace("\u00a0", " ")
    for code in LANGUAGES:
        said = explained(language(code), document)
        assert "{" not in said
        assert "  " not in said


def test_what_was_reached_where_it_was_chosen_is_told_as_such() -> None:
    document = told("sensitivity:0.9")
    said = explained(language("en"), document)
    reached = document["threshold"]["held_out"]
    assert f"it found {100 * reached['sensitivity']:.1f}% of the positive rows" in said
    assert "tends to look better there" in said
    assert "tends to look better" not in explained(language("en"), told("0.3"))
    assert "held out" not in explained(language("en"), told("auto", EVEN))


def test_of_several_classes_the_rule_is_told() -> None:
    known = Known({"a": 300, "b": 20, "c": 10}, None)
    rows = (np.array(["a", "b"]), np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1]]))
    document = several([[30, 0, 0], [0, 30, 0], [5, 4, 1]])
    plain = explained(language("en"), document)
    assert plain == "The model predicts the most probable class."
    document["threshold"] = choose_threshold(parse_aim("auto"), known, rows).to_dict()
    said = explained(language("en"), document)
    assert "largest multiple of the class" in said
    assert "30 times" in said
    assert not explained(language("en"), numbers(1.0, 0.5))


def test_figures_at_the_threshold_stand_apart_from_those_whatever_it_is() -> None:
    document = moved(table(45, 5, 5, 145), 0.0375)
    (at_it, first), (whatever, second) = quality.figures(language("en"), document)
    assert at_it == "At the threshold of 0.0375"
    assert "Whatever" in whatever
    names = {row["name"] for row in first}
    assert {"Accuracy", "Sensitivity", "Specificity", "Precision", "F1"} <= names
    assert {row["name"] for row in second} == {
        "ROC AUC", "PR AUC", "Log loss", "Brier score", "Calibration error"
    }  # fmt: skip
    ((heading, rows),) = quality.figures(language("en"), numbers(1.0, 0.5))
    assert heading == ""
    assert len(rows) > 3


@pytest.mark.parametrize("threshold", [0.02, 0.4, 0.5, 0.97, 1e-5])
def test_the_chart_marks_the_threshold_where_the_lines_have_the_models_figures(
    threshold: float,
) -> None:
    from lambdas.quality.curves import threshold_curve

    curve = threshold_curve(steps(SCORES, ILL))
    assert curve is not None
    drawn = str(charts.trade_off(language("en"), curve, threshold))
    (used,) = re.findall(r'<line x1="([\d.]+)" x2="\1" [^>]*class="used"', drawn)
    assert f">{threshold:g}<" in drawn or threshold < 1e-4
    for name, reached in (
        ("sensitivity", (SCORES[ILL] >= threshold).mean()),
        ("specificity", (SCORES[~ILL] < threshold).mean()),
    ):
        (path,) = re.findall(rf'<polyline points="([^"]*)" class="curve {name}"', drawn)
        corners = [tuple(map(float, point.split(","))) for point in path.split()]
        heights = {
            y for (x, y), (following, _) in pairwise(corners)
            if following - 0.11 <= float(used) <= x + 0.11
        }  # fmt: skip
        assert any(abs(44 + 230 * (1 - reached) - y) < 0.2 for y in heights)


def test_the_curve_has_no_more_points_than_a_page_can_show_and_keeps_its_ends() -> None:
    from lambdas.quality.curves import MOST_POINTS, threshold_curve

    scores = np.random.default_rng(1).random(5000)
    curve = threshold_curve(steps(scores, scores > 0.6))
    assert curve is not None
    assert len(curve["threshold"]) <= MOST_POINTS
    assert curve["threshold"][0] == scores.max()
    assert curve["sensitivity"][-1] == 1.0
    assert threshold_curve(steps(scores, scores > 2)) is None


def test_a_document_without_a_threshold_is_of_a_model_that_takes_the_most_probable_class() -> None:
    assert used_threshold(table(1, 1, 1, 1)) == 0.5
