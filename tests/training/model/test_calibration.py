"""Calibration makes probabilities true on rows never seen, and is careful with few of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from training.model.calibration import (
    POWERS,
    Calibration,
    calibrate,
    find_calibration,
    log_loss,
)


def drawn(rows, classes=3, seed=0):
    """Return true probabilities, and the classes that they led to."""
    generator = np.random.default_rng(seed)
    true = softmax(generator.normal(scale=1.5, size=(rows, classes)), axis=1)
    truth = (generator.random((rows, 1)) > true.cumsum(axis=1)).sum(axis=1)
    return true, np.minimum(truth, classes - 1)


def raised(probabilities, power):
    powers = probabilities**power
    return powers / powers.sum(axis=1, keepdims=True)


def rates_of(truth, classes=3):
    return np.bincount(truth, minlength=classes) / len(truth)


@pytest.mark.parametrize("wrong", [0.5, 2.5])
def test_powers_are_undone(wrong):
    true, truth = drawn(3000)
    told, rates = raised(true, wrong), rates_of(truth)
    found = find_calibration(told[:1500], truth[:1500], rates)
    assert found.power == pytest.approx(1 / wrong, rel=0.15)
    after = log_loss(calibrate(told[1500:], found, rates), truth[1500:])
    assert after < log_loss(told[1500:], truth[1500:]) - 0.02
    assert after < log_loss(true[1500:], truth[1500:]) + 0.005


def test_votes_that_are_wrong_now_and_then_get_a_share_of_the_base_rates():
    """Hard votes: no power changes a 0 or a 1 enough."""
    _, truth = drawn(2000)
    generator = np.random.default_rng(1)
    votes = np.eye(3)[np.where(generator.random(2000) < 0.7, truth, generator.integers(0, 3, 2000))]
    rates = rates_of(truth)
    found = find_calibration(votes[:1000], truth[:1000], rates)
    assert found.share > 0.1
    after = log_loss(calibrate(votes[1000:], found, rates), truth[1000:])
    without = log_loss(calibrate(votes[1000:], found._replace(share=0.0), rates), truth[1000:])
    assert after < without - 0.01
    assert after < log_loss(np.tile(rates, (1000, 1)), truth[1000:]) - 0.2


@pytest.mark.parametrize("rows", [1, 2, 5, 40])
def test_it_is_never_worse_on_the_rows_it_is_found_on(rows):
    for seed in range(12):
        generator = np.random.default_rng(seed)
        told = generator.dirichlet([generator.uniform(0.02, 3)] * 3, rows)
        truth = generator.integers(0, 3, rows)
        found, rates = find_calibration(told, truth, rates_of(truth)), rates_of(truth)
        assert log_loss(calibrate(told, found, rates), truth) <= log_loss(told, truth)


def test_few_rows_allow_little_sharpening():
    powers = []
    for rows in (4, 20, 2000):
        told, truth = np.tile([0.8, 0.2], (rows, 1)), np.zeros(rows, dtype=int)
        told[::2], truth[::2] = told[::2, ::-1], 1
        found = find_calibration(told, truth, np.array([0.5, 0.5]))
        surest = calibrate(told, found, np.array([0.5, 0.5])).max()
        assert surest < 1 - 0.4 / (rows + 2)
        powers.append(found.power)
    assert powers == sorted(powers)
    assert powers[0] < 1.8 < powers[-1] <= POWERS[1]


@pytest.mark.parametrize("rare", [0.5, 0.1, 0.02])
def test_a_model_that_knows_nothing_ends_at_the_base_rates(rare):
    generator = np.random.default_rng(0)
    truth = (generator.random(2000) < rare).astype(int)
    scores = generator.random(2000)
    told, rates = np.stack([1 - scores, scores], axis=1), rates_of(truth, 2)
    found = find_calibration(told[:1000], truth[:1000], rates)
    for rows in (slice(1000), slice(1000, None)):
        entropy = log_loss(np.tile(rates, (1000, 1)), truth[rows])
        assert log_loss(calibrate(told[rows], found, rates), truth[rows]) < entropy + 0.005
        assert log_loss(told[rows], truth[rows]) > entropy + 0.2


def test_probabilities_stay_probabilities_and_keep_their_order():
    told = np.array([[1.0, 0.0, 0.0], [0.5, 0.3, 0.2], [1e-9, 0.4, 0.6]])
    rates = np.array([0.2, 0.3, 0.5])
    for power in POWERS:
        found = calibrate(told, Calibration(power), rates)
        assert (found.argmax(axis=1) == told.argmax(axis=1)).all()
        for share in (0.0, 0.3, 1.0):
            found = calibrate(told, Calibration(power, share), rates)
            assert (found >= 0).all()
            assert found.sum(axis=1) == pytest.approx(1)
    assert calibrate(told, Calibration(), rates) is told
    assert calibrate(told, Calibration(share=1.0), rates).tolist() == [rates.tolist()] * 3
