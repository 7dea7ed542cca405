"""Log-linear models: Poisson regression in any unit, that never answers beyond what it has seen."""

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from training.model import log_linear
from training.model.log_linear import LogLinear

_GENERATOR = np.random.default_rng(0)
VALUES = _GENERATOR.normal(size=(300, 4))
MEANS = np.exp(VALUES @ [0.8, -0.4, 0.0, 0.2] + 1)
TARGET = _GENERATOR.gamma(2.0, MEANS / 2)  # no counts, and the noise grows with the mean


@pytest.mark.parametrize("most", [log_linear.MOST_COLUMNS_OF_NEWTON, 1])
def test_equals_scikit_learn_in_units_of_the_mean(most, monkeypatch):
    monkeypatch.setattr(log_linear, "MOST_COLUMNS_OF_NEWTON", most)
    target = TARGET / TARGET.mean()
    known = PoissonRegressor(alpha=5 / len(target), tol=1e-9, max_iter=1000).fit(VALUES, target)
    found = LogLinear(alpha=5).fit(VALUES, target)
    assert found.predict(VALUES) == pytest.approx(known.predict(VALUES), rel=1e-3)


def test_finds_what_multiplies():
    model = LogLinear(alpha=1e-6).fit(VALUES, TARGET)
    assert model.coef_ == pytest.approx([0.8, -0.4, 0.0, 0.2], abs=0.1)
    assert model.predict(VALUES).mean() == pytest.approx(TARGET.mean(), rel=1e-3)


@pytest.mark.parametrize("factor", [1e-4, 1e6])
def test_the_unit_of_the_target_changes_nothing_else(factor):
    one = LogLinear(alpha=10).fit(VALUES, TARGET).predict(VALUES)
    other = LogLinear(alpha=10).fit(VALUES, TARGET * factor).predict(VALUES)
    assert other == pytest.approx(one * factor, rel=1e-6)


def test_no_answer_exceeds_the_largest_number_that_was_seen():
    model = LogLinear().fit(VALUES, TARGET)
    far = np.array([[1000.0, 0, 0, 0], [-1000.0, 0, 0, 0]])
    assert model.predict(far) == pytest.approx([TARGET.max(), 0])


def test_zeros_are_numbers_too():
    target = np.where(VALUES[:, 0] < 0, 0.0, TARGET)
    found = LogLinear().fit(VALUES, target).predict(VALUES)
    assert (found >= 0).all()
    assert np.corrcoef(found, target)[0, 1] > 0.6
