"""Distances beside scipy's, and beside what chance makes of files in which nothing has changed."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from lambdas.drift.distances import (
    chance,
    chi_squared_tail,
    holm,
    jensen_shannon,
    kolmogorov_smirnov,
    kolmogorov_tail,
    stability_index,
)

BEFORE, NOW = [40, 0, 25, 35, 90], [10, 5, 60, 35, 40]


def test_stability_index_is_the_sum_of_both_divergences_with_half_a_row_more():
    p, q = np.array(BEFORE) + 0.5, np.array(NOW) + 0.5
    both = stats.entropy(p, q) + stats.entropy(q, p)
    assert stability_index(BEFORE, NOW) == pytest.approx(both, rel=1e-12)


def test_jensen_shannon_is_scipys():
    assert jensen_shannon(BEFORE, NOW) == pytest.approx(distance.jensenshannon(BEFORE, NOW, 2))


def test_kolmogorov_smirnov_is_scipys_for_values_at_the_edges():
    places = np.arange(len(BEFORE))
    known = stats.ks_2samp(np.repeat(places, BEFORE), np.repeat(places, NOW)).statistic
    assert kolmogorov_smirnov(BEFORE, NOW) == pytest.approx(known)


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 18, 19, 40, 499])
@pytest.mark.parametrize("statistic", [0.0, 0.1, 5.0, 60.0, 600.0])
def test_the_tail_is_scipys(freedom, statistic):
    known = stats.chi2.sf(statistic, freedom)
    assert chi_squared_tail(statistic, freedom) == pytest.approx(known, rel=1e-9, abs=1e-300)


def test_chance_is_scipys_where_no_bin_is_joined():
    before, now = [120, 80, 45], [60, 70, 35]
    known = stats.chi2_contingency([before, now], correction=False).pvalue
    assert chance(before, now, ordered=False) == pytest.approx(known)


@pytest.mark.parametrize("value", [0.2, 0.31, 0.5, 1.0, 1.36, 2.5, 6.0])
def test_kolmogorovs_tail_is_scipys_for_many_rows(value):
    rows = 2 * 10**8
    distance = value / np.sqrt(rows / 2)
    known = stats.kstwobign.sf(value)
    assert kolmogorov_tail(distance, rows, rows) == pytest.approx(known, rel=1e-3, abs=1e-12)


def test_a_shift_too_small_for_each_bin_is_seen_where_bins_have_an_order():
    before, now = [30] * 20, [23] * 10 + [37] * 10
    assert chance(before, now, ordered=False) > 0.02
    assert chance(before, now, ordered=True) < 0.002


@pytest.mark.parametrize(
    ("before", "now"),
    [([0, 569], [3, 17]), ([569, 0], [17, 3]), ([40, 500], [1, 60]), ([2, 1], [0, 4000])],
)
def test_two_bins_with_few_rows_are_fishers(before, now):
    sides = ("less", "greater")
    known = min(stats.fisher_exact([now, before], alternative=side).pvalue for side in sides)
    assert chance(before, now, ordered=False) == pytest.approx(min(1, 2 * known))


def test_bins_with_few_rows_are_joined():
    # Chance alone would put fewer than ten of the thirty rows into the second, and the third.
    before, now = [100, 50, 50], [24, 3, 3]
    known = stats.chi2_contingency([[100, 100], [24, 6]], correction=False).pvalue
    assert chance(before, now, ordered=False) == pytest.approx(known)
    assert chance([50, 50, 100], [1, 1, 2], ordered=True) == 1  # four rows tell nothing
    assert chance([0, 0], [5, 5], ordered=True) == 1


def test_holm_takes_one_after_the_other():
    assert holm([0.04, 0.011, 0.5, 0.001], 0.05) == [False, True, False, True]
    assert holm([0.013, 0.04], 0.02) == [False, False]
