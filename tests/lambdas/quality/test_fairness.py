"""Differences and ratios are fairlearn's; groups that are alike are rarely found apart."""

from typing import Any

import numpy as np
import pytest
from fairlearn import metrics as fairlearn

from lambdas.quality import pairs
from lambdas.quality.fairness import differences, equalized_odds, group_figures
from lambdas.quality.pairs import compare
from lambdas.quality.scored import Scored
from lambdas.shared.group_size import FEWEST_ROWS
from tests.lambdas.quality.test_metrics import estimated

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer shuffles widen the intervals' own scatter, not how often they are wrong."""
    monkeypatch.setattr(pairs, "MOST_REPLICATES", 200)
    monkeypatch.setattr(pairs, "replicates", lambda rows: 100)
    monkeypatch.setattr(pairs, "_HALVINGS", 12)


def binary(truth: Any, predicted: Any, probability: Any = None) -> Scored:
    """Return rows of two classes, the second the positive one."""
    of_positive = np.asarray(predicted if probability is None else probability, dtype=float)
    return Scored(
        "binary",
        np.asarray(truth, dtype=np.int32),
        np.asarray(predicted, dtype=np.int32),
        ("no", "yes"),
        np.stack([1 - of_positive, of_positive]),
        positive=1,
    )


def sample(seed: int, groups: int = 5, rows: int = 1000) -> tuple[Scored, Any]:
    generator = np.random.default_rng(seed)
    of_group = generator.integers(0, groups, rows)
    truth = generator.random(rows) < 0.3 + 0.1 * of_group
    predicted = np.where(generator.random(rows) < 0.7 + 0.05 * of_group, truth, ~truth)
    return binary(truth, predicted, generator.random(rows)), of_group


@pytest.mark.parametrize("seed", range(3))
def test_differences_and_ratios_are_fairlearns(seed: int) -> None:
    scored, groups = sample(seed)
    found: Any = differences(scored, groups, NAMES, columns=1)
    found["equalized_odds"] = equalized_odds(found)
    names = {
        "selection_rate": "demographic_parity",
        "sensitivity": "equal_opportunity",
        "equalized_odds": "equalized_odds",
        "false_positive_rate": "false_positive_rate",
    }
    for name, theirs in names.items():
        for kind in ("difference", "ratio"):
            expected = getattr(fairlearn, f"{theirs}_{kind}")(
                scored.truth, scored.predicted, sensitive_features=groups
            )
            assert found[name][kind]["value"] == pytest.approx(expected, abs=1e-12), (name, kind)


def test_errors_and_accuracy_are_compared_as_fairlearn_does() -> None:
    generator = np.random.default_rng(0)
    truth, groups = generator.normal(size=300), generator.integers(0, 3, 300)
    predicted = truth + generator.normal(size=300) * (1 + groups)
    found: Any = differences(estimated(truth, predicted), groups, NAMES[:3], columns=1)
    assert found.keys() == {"mae", "mean_error"}
    errors = {
        "mae": lambda y, x: np.abs(x - y).mean(),
        "mean_error": lambda y, x: (x - y).mean(),
    }
    for name, error in errors.items():
        frame = fairlearn.MetricFrame(
            metrics=error, y_true=truth, y_pred=predicted, sensitive_features=groups
        )
        assert found[name]["difference"]["value"] == pytest.approx(frame.difference())
    assert found["mae"]["differs"]
    assert found["mean_error"]["ratio"] is None
    classes = generator.integers(0, 3, 300)
    scored = Scored("multiclass", classes, np.where(groups, classes, 0), NAMES[:3], np.eye(3))
    (name,) = differences(scored, groups, NAMES[:3], columns=1)
    assert name == "accuracy"


def test_a_group_counts_where_it_has_enough_rows() -> None:
    """Of 25 rows in a group a sensitivity may be of two, and any rate of those is by chance."""
    groups = np.repeat([0, 1, -1], [200, 25, 60])
    truth = np.concatenate([np.arange(200) % 2, np.arange(25) < 2, np.ones(60)])
    found: Any = differences(binary(truth, np.arange(285) % 3 == 0), groups, ("a", None), 1)
    assert found["sensitivity"] is None
    assert equalized_odds(found) is None
    assert found["selection_rate"]["groups"] == 2
    assert {found["selection_rate"][end]["group"] for end in ("smallest", "largest")} == {"a", None}
    assert FEWEST_ROWS == 20
    never = differences(binary(truth, np.zeros(285)), groups, ("a", None), 1)
    assert never["selection_rate"] is None, "alike in every row"


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_numbers_that_cannot_be_squared_are_not_compared(scale: float) -> None:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found = compare(np.arange(60) * scale, np.repeat([0, 1], 30), 0.05)
    assert found is None


def test_a_group_of_its_own_figures() -> None:
    scored = binary([1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0.8, 0.4, 0.6, 0.1, 0.1])
    found = {name: each.value for name, each in group_figures(scored).items() if each}
    assert found == pytest.approx(
        {
            "positive_share": 0.4,
            "selection_rate": 0.4,
            "false_positive_rate": 1 / 3,
            "calibration_gap": 0.0,
        }
    )
    assert group_figures(estimated([1.0, 2.0], [1.0, 3.0])) == {}


def test_more_columns_and_rates_are_held_to_more() -> None:
    scored, groups = sample(1)
    one: Any = differences(scored, groups, NAMES, columns=1)
    many: Any = differences(scored, groups, NAMES, columns=10)
    for name in one:
        assert many[name]["difference"]["low"] <= one[name]["difference"]["low"]
        assert many[name]["difference"]["high"] > one[name]["difference"]["high"]


SHARES = {
    "two": (0.5, [20, 400]),
    "two, rare": (0.05, [50, 300]),
    "five": (0.1, [20, 20, 30, 500, 50]),
    "twenty, rare": (0.03, [20] * 19 + [1000]),
    "twenty small": (0.5, [20] * 20),
}


@pytest.mark.parametrize(("share", "sizes"), SHARES.values(), ids=SHARES)
def test_groups_that_are_alike_are_rarely_found_apart(share: float, sizes: list[int]) -> None:
    """Largest less smallest without a thought of the number of groups is hardly ever 0."""
    generator, groups = np.random.default_rng(5), np.repeat(np.arange(len(sizes)), sizes)
    alarms = 0
    for _ in range(60):
        found = compare((generator.random(len(groups)) < share).astype(float), groups, 0.05)
        alarms += found is not None and found.difference()[1] > 0
    assert alarms <= 7  # more than 7 of 60 happen to an honest 5% once in a hundred times


@pytest.mark.parametrize("sizes", [[20, 200], [20] * 5])
def test_skewed_errors_of_groups_that_are_alike(sizes: list[int]) -> None:
    generator, groups = np.random.default_rng(5), np.repeat(np.arange(len(sizes)), sizes)
    found = [compare(generator.lognormal(size=len(groups)), groups, 0.05) for _ in range(60)]
    assert sum(each is not None and each.difference()[1] > 0 for each in found) <= 7


def test_intervals_contain_the_true_difference_and_ratio() -> None:
    generator, shares = np.random.default_rng(3), np.array([0.1, 0.3, 0.7])
    groups, hits = np.repeat(np.arange(3), [30, 60, 200]), np.zeros(2)
    for _ in range(60):
        found = compare((generator.random(290) < shares[groups]).astype(float), groups, 0.05)
        assert found is not None
        for at, (truth, (value, low, high)) in enumerate(
            [(0.6, found.difference()), (1 / 7, found.ratio())]
        ):
            assert low <= value <= high
            hits[at] += low <= truth <= high
    assert (hits >= 53).all()


def test_the_ratio_excludes_one_where_the_difference_excludes_zero() -> None:
    generator, apart = np.random.default_rng(4), 0
    groups = np.repeat(np.arange(3), [40, 40, 100])
    for _ in range(40):
        values = (generator.random(180) < np.array([0.2, 0.25, 0.45])[groups]).astype(float)
        found = compare(values, groups, 0.05)
        assert found is not None
        assert (found.difference()[1] > 0) == (found.ratio()[2] < 1)
        apart += found.difference()[1] > 0
    assert 5 < apart < 38


def test_a_rate_of_zero_has_a_ratio_from_zero() -> None:
    found = compare(np.repeat([0.0, 1.0], [60, 30]), np.repeat([0, 1, 2], 30), 0.05)
    assert found is not None
    assert found.ratio()[:2] == (0.0, 0.0)
    assert found.ratio()[2] < 1
