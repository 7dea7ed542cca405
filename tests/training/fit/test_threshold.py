"""The threshold is the best on rows held out, and moves from theory only with reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.errors import HyperparameterError
from training.fit.aims import NO_AIM, parse_aim
from training.fit.threshold import SKEWED, Known, choose_threshold

LABELS = ["ill", "well"]
KNOWN = Known({"ill": 50, "well": 450}, "ill")


def held_out(scores, truth):
    scores = np.asarray(scores, dtype=float)
    return np.asarray(truth), np.stack([scores, 1 - scores], axis=1)


def drawn(rows=300, share=0.1, seed=0):
    """Scores with many ties, and calibrated by nobody."""
    generator = np.random.default_rng(seed)
    ill = generator.random(rows) < share
    scores = np.clip(generator.normal(np.where(ill, 0.35, 0.15), 0.12), 0.01, 0.99).round(2)
    return held_out(scores, np.where(ill, "ill", "well"))


def shares_at(threshold, rows):
    truth, probabilities = rows
    predicted, ill = probabilities[:, 0] >= threshold, truth == "ill"
    return {
        "sensitivity": predicted[ill].mean(),
        "specificity": (~predicted)[~ill].mean(),
        "f1": 2 * (predicted & ill).sum() / (predicted.sum() + ill.sum()),
    }


def chosen(aim, rows, known=KNOWN):
    found = choose_threshold(parse_aim(aim), known, rows)
    assert found.thresholds is not None
    assert sum(found.thresholds.values()) == pytest.approx(1)
    return found.thresholds["ill"]


TRIED = np.linspace(0, 1, 101) + 0.005  # between any two scores of two decimals


def called(threshold, rows):
    return int((rows[1][:, 0] >= threshold).sum())


def decisions(rows):
    return [{"predicted": called(each, rows), **shares_at(each, rows)} for each in TRIED]


@pytest.mark.parametrize("seed", range(5))
def test_f1_is_the_highest_that_any_threshold_reaches(seed):
    rows = drawn(seed=seed)
    best = max(shares_at(threshold, rows)["f1"] for threshold in TRIED)
    assert shares_at(chosen("f1", rows), rows)["f1"] == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("least", [0.5, 0.9, 1])
def test_a_share_is_reached_and_no_stricter_threshold_reaches_it(seed, least):
    rows = drawn(seed=seed)
    at = chosen(f"sensitivity:{least}", rows)
    assert shares_at(at, rows)["sensitivity"] >= least
    stricter = [each for each in decisions(rows) if each["predicted"] < called(at, rows)]
    assert max(each["sensitivity"] for each in stricter) < least
    at = chosen(f"specificity:{least}", rows)
    assert shares_at(at, rows)["specificity"] >= least
    laxer = [each for each in decisions(rows) if each["predicted"] > called(at, rows)]
    assert max(each["specificity"] for each in laxer) < least


def test_what_no_threshold_reaches_is_missed_by_as_little_as_can_be():
    rows = held_out([0, 0.4, 0.8, 1], ["ill", "ill", "well", "well"])
    assert 0 < chosen("sensitivity:1", rows) < 0.4
    assert 0.8 < chosen("specificity:1", rows) < 1


def test_of_many_rows_the_cheapest_threshold_is_taken():
    rows = drawn(rows=20_000)
    truth, probabilities = rows

    def cost(threshold):
        predicted, ill = probabilities[:, 0] >= threshold, truth == "ill"
        return 10 * (~predicted & ill).sum() + (predicted & ~ill).sum()

    assert cost(chosen("cost:10:1", rows)) == min(map(cost, TRIED))
    balanced = shares_at(chosen("balanced", rows), rows)
    best = max(sum((each["sensitivity"], each["specificity"])) for each in
               (shares_at(threshold, rows) for threshold in TRIED))  # fmt: skip
    assert balanced["sensitivity"] + balanced["specificity"] == pytest.approx(best)


def test_of_few_rows_theory_is_left_only_for_what_chance_does_not_explain():
    one_says_otherwise = held_out([0.02, 0.03, 0.15, 0.16, 0.3, 0.7],
                                  ["well", "well", "well", "ill", "well", "ill"])  # fmt: skip
    assert chosen("balanced", one_says_otherwise) == pytest.approx(0.1)  # the share of the ill
    shifted = held_out(np.r_[np.full(60, 0.2), np.full(20, 0.6)], ["well"] * 60 + ["ill"] * 20)
    assert 0.2 < chosen("balanced", shifted) < 0.6
    assert chosen("cost:9:1", one_says_otherwise) == pytest.approx(0.1)


def test_weights_move_theory_as_they_move_probabilities():
    none = held_out([], [])
    assert chosen("balanced", none) == pytest.approx(0.1)
    weighed = replace(KNOWN, are_weighed=True)
    assert chosen("balanced", none, weighed) == pytest.approx(0.5)
    assert chosen("cost:9:1", none, weighed) == pytest.approx(0.5)


def test_equal_scores_stay_together_and_the_threshold_is_a_plain_number():
    rows = held_out([0.1] * 30 + [0.4] * 10, ["well"] * 30 + ["ill"] * 10)
    assert chosen("f1", rows) in (0.2, 0.25, 0.3)
    torn = held_out([0.1] * 30 + [0.4] * 10, ["well", "ill"] * 20)
    assert {round(chosen(aim, torn), 6) for aim in ("f1", "sensitivity:1")} <= {0.05, 0.1}


def test_order_of_the_rows_does_not_matter():
    truth, probabilities = drawn()
    order = np.random.default_rng(1).permutation(len(truth))
    for aim in ("balanced", "f1", "sensitivity:0.9", "cost:5:1"):
        first, second = chosen(aim, (truth, probabilities)), chosen(
            aim, (truth[order], probabilities[order])
        )  # fmt: skip
        assert first == second


@pytest.mark.parametrize(("rare", "why"), [(SKEWED, "even"), (SKEWED - 1, "skewed")])
def test_unasked_the_most_probable_class_is_taken_until_one_is_rare(rare, why):
    known = Known({"ill": rare, "well": SKEWED**2 - 1}, "ill")
    found = choose_threshold(NO_AIM, known, drawn())
    assert (found.why, found.thresholds is None) == (why, why == "even")
    assert f"{known.ratio:.1f} times" in found.reason
    assert found.aim == ("most_probable" if why == "even" else "balanced")


@pytest.mark.parametrize("aim", ["f1", "sensitivity:0.9", "specificity:0.9"])
def test_without_rows_to_choose_on_the_most_probable_class_is_taken_and_that_is_said(aim):
    found = choose_threshold(parse_aim(aim), KNOWN, held_out([], []))
    assert (found.thresholds, found.why, found.held_out["rows"]) == (None, "no_rows", 0)
    assert "lack a class" in found.reason


def test_what_is_told_of_the_held_out_rows_is_what_the_threshold_reaches_there():
    rows = drawn()
    for aim in ("balanced", "f1", "0.3"):
        found = choose_threshold(parse_aim(aim), KNOWN, rows)
        reached = shares_at(found.thresholds["ill"], rows)
        assert found.held_out["sensitivity"] == reached["sensitivity"]
        assert found.held_out["specificity"] == pytest.approx(reached["specificity"])
        assert found.held_out["positives"] == (rows[0] == "ill").sum()
        predicted = np.array(LABELS)[found.positions(LABELS, rows[1])]
        assert ((predicted == "ill") == (rows[1][:, 0] >= found.thresholds["ill"])).all()


def test_of_several_classes_probabilities_are_seen_against_their_shares():
    known = Known({"a": 90, "b": 9, "c": 1}, None)
    probabilities = np.array([[0.8, 0.15, 0.05], [0.8, 0.19, 0.01], [0.95, 0.045, 0.005]])
    found = choose_threshold(NO_AIM, known, (np.array(["c", "b", "b"]), probabilities))
    assert found.thresholds == {"a": 0.9, "b": 0.09, "c": 0.01}
    assert found.positions("abc", probabilities).tolist() == [2, 1, 0]
    assert found.held_out == {"rows": 3, "balanced_accuracy": 0.75}
    weighed = choose_threshold(
        NO_AIM, replace(known, are_weighed=True), (np.array([]), np.ones((0, 3)))
    )
    assert (weighed.thresholds, weighed.why) == (None, "weighed")
    with pytest.raises(HyperparameterError, match="must be balanced"):
        choose_threshold(parse_aim("f1"), known, (np.array([]), np.ones((0, 3))))


@pytest.mark.parametrize(
    "text", ["", "best", "0", "1", "nan", "1.5", "sensitivity", "sensitivity:0", "sensitivity:1.1",
             "cost:1", "cost:0:1", "cost:inf:1", "cost:1:2:3", "balanced:1", "0.5:0.5"]
)  # fmt: skip
def test_what_is_no_aim_is_refused(text):
    with pytest.raises(HyperparameterError, match="'threshold' must be"):
        parse_aim(text)


@pytest.mark.parametrize(
    "text", ["auto", "balanced", "f1", "0.25", "sensitivity:0.95", "specificity:1", "cost:10:0.5"]
)
def test_aims_are_written_as_they_are_read(text):
    assert parse_aim(text).text == text
