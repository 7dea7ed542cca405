"""Curves are natural cubic splines, whatever the column looks like."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from training.model.curves import KNOTS, Curves


def columns(rows=300):
    generator = np.random.default_rng(0)
    return np.stack(
        [generator.normal(size=rows), generator.lognormal(5, 2, rows), np.arange(rows) * 1e-6],
        axis=1,
    )


def test_each_column_has_the_splines_of_the_textbook():
    """Equations 5.4 and 5.5 of "The Elements of Statistical Learning", number by number."""
    values = columns()
    curves = Curves().fit(values)
    found = curves.transform(values).reshape(len(values), 3, KNOTS - 2)
    for column in range(3):
        knots = curves.knots_[:, column]
        width = knots[-1] - knots[0]

        def bend(value, knot, knots=knots, width=width):
            cubes = [max(value - knots[place], 0) ** 3 for place in (knot, KNOTS - 1)]
            return (cubes[0] - cubes[1]) / (knots[-1] - knots[knot]) / width**2

        for row in (0, 7, int(values[:, column].argmax()), int(values[:, column].argmin())):
            value = values[row, column]
            if abs(value - knots[0]) > 9 * width:
                continue
            expected = [bend(value, knot) - bend(value, KNOTS - 2) for knot in range(KNOTS - 2)]
            np.testing.assert_allclose(found[row, column], expected, rtol=1e-7, atol=1e-9)


def test_every_natural_spline_of_the_knots_is_a_sum_of_them():
    values = columns()[:, :1]
    curves = Curves().fit(values)
    knots = curves.knots_[:, 0]
    heights = np.random.default_rng(1).normal(size=KNOTS)
    wanted = CubicSpline(knots, heights, bc_type="natural")
    inside = np.linspace(knots[0], knots[-1], 50)
    parts = np.column_stack([np.ones(50), inside, curves.transform(inside[:, None])])
    weights = np.linalg.lstsq(parts, wanted(inside), rcond=None)[0]
    np.testing.assert_allclose(parts @ weights, wanted(inside), atol=1e-9)
    bare = np.column_stack([np.ones(50), inside])
    straight = bare @ np.linalg.lstsq(bare, wanted(inside), rcond=None)[0]
    assert np.abs(straight - wanted(inside)).max() > 0.1


def test_beyond_the_outer_knots_they_are_straight():
    curves = Curves().fit(columns()[:, :1])
    first, last = curves.knots_[[0, -1], 0]
    for places in (first - np.linspace(0, 2, 9), last + np.linspace(0, 2, 9)):
        bends = np.diff(curves.transform(places[:, None]), n=2, axis=0)
        assert np.abs(bends).max() < 1e-10
    inside = np.linspace(first, last, 9)
    assert np.abs(np.diff(curves.transform(inside[:, None]), n=2, axis=0)).max() > 1e-3


@pytest.mark.parametrize("constant", [0.0, 5.0, -1e12, 1e-30])
def test_a_column_of_one_value_stays_finite(constant):
    curves = Curves().fit(np.full((30, 1), constant))
    assert (np.diff(curves.knots_, axis=0) > 0).all()
    values = np.array([[constant], [constant + 1], [-7.0], [1e300]])
    assert np.isfinite(curves.transform(values)).all()


def test_mostly_one_value_stays_finite():
    values = np.r_[np.zeros(400), np.arange(1, 13)][:, None]
    found = Curves().fit_transform(values)
    assert np.isfinite(found).all()
    assert len(np.unique(found[:, 0])) > 1


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_the_unit_does_not_matter(scale):
    values = columns()[:, :1]
    found = Curves().fit(values * scale).transform(values * scale)
    np.testing.assert_allclose(found, Curves().fit_transform(values), rtol=1e-6, atol=1e-9)


def test_huge_numbers_stay_finite():
    curves = Curves().fit(columns())
    found = curves.transform(np.array([[1e300, -1e300, 1e38], [np.finfo(float).max] * 3]))
    assert np.isfinite(found).all()


def test_a_row_does_not_depend_on_its_batch():
    values = columns()
    curves = Curves().fit(values)
    assert np.array_equal(curves.transform(values[[5]])[0], curves.transform(values)[5])
