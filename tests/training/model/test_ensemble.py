"""An ensemble answers with the weighted mean of its members, and travels in a closed file."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from tests.training.data import example, joined, ring
from training.errors import UntrustedModelError
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters
from training.model.calibration import Calibration, calibrate
from training.model.ensemble import Ensemble, Member
from training.model.files import MODEL_FILE, TRUSTED_TYPES, load_pipeline, save_model

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(size=(90, 5))
CLASSES = np.digitize(VALUES[:, 0] + VALUES[:, 3] ** 2, [0, 1]).astype(str)
NUMBERS = VALUES[:, 0] * 3 + VALUES[:, 4]
COLUMNS = [np.array([0, 1, 4]), np.array([0, 2, 3])]
AUTO = {"algorithm": "auto"}


def of_classes(*calibrations, last=Calibration()):  # noqa: B008 (immutable)
    first, second = calibrations or (Calibration(), Calibration())
    linear = LogisticRegression().fit(VALUES[:, COLUMNS[0]], CLASSES)
    forest = RandomForestClassifier(5, random_state=0).fit(VALUES[:, COLUMNS[1]], CLASSES)
    members = [Member(linear, COLUMNS[0], 0.7, first), Member(forest, COLUMNS[1], 0.3, second)]
    rates = np.unique(CLASSES, return_counts=True)[1] / len(CLASSES)
    return Ensemble.of(members, last, linear.classes_, rates)


def of_numbers():
    linear = Ridge().fit(VALUES[:, COLUMNS[0]], NUMBERS)
    forest = RandomForestRegressor(5, random_state=0).fit(VALUES[:, COLUMNS[1]], NUMBERS)
    return Ensemble.of([Member(linear, COLUMNS[0], 0.9), Member(forest, COLUMNS[1], 0.1)])


def test_probabilities_are_the_weighted_mean_by_hand():
    ensemble = of_classes()
    linear, forest = ensemble.models
    by_hand = np.zeros((90, 3))
    for row in range(90):
        one = linear.predict_proba(VALUES[[row]][:, [0, 1, 4]])[0]
        two = forest.predict_proba(VALUES[[row]][:, [0, 2, 3]])[0]
        by_hand[row] = [0.7 * a + 0.3 * b for a, b in zip(one, two, strict=True)]
    np.testing.assert_allclose(ensemble.predict_proba(VALUES), by_hand, rtol=1e-12)
    told = ensemble.predict(VALUES)
    assert told.tolist() == [["0", "1", "2"][place] for place in by_hand.argmax(axis=1)]


def test_each_member_is_calibrated_before_and_their_mean_after():
    first, second, last = Calibration(2.0), Calibration(0.5, 0.2), Calibration(1.5, 0.1)
    plain, ensemble = of_classes(), of_classes(first, second, last=last)
    one, two = (m.predict_proba(VALUES[:, on]) for m, on in zip(plain.models, COLUMNS, strict=True))
    rates = ensemble.base_rates
    mean = 0.7 * calibrate(one, first, rates) + 0.3 * calibrate(two, second, rates)
    expected = calibrate(mean, last, rates)
    np.testing.assert_allclose(ensemble.predict_proba(VALUES), expected, rtol=1e-12)
    assert [member.calibration for member in ensemble.members] == [first, second]
    assert ensemble.calibration == last


def test_numbers_are_the_weighted_mean_by_hand():
    ensemble = of_numbers()
    one, two = (
        model.predict(VALUES[:, on]) for model, on in zip(ensemble.models, COLUMNS, strict=True)
    )
    np.testing.assert_allclose(ensemble.predict(VALUES), 0.9 * one + 0.1 * two, rtol=1e-12)
    assert not hasattr(ensemble, "predict_proba")


@pytest.mark.parametrize("made", [of_classes, of_numbers])
def test_it_comes_back_from_its_file_as_it_was(made, tmp_path):
    ensemble = made()
    save_model(Pipeline([("model", ensemble)]), AUTO, tmp_path)
    found = load_pipeline(tmp_path).named_steps["model"]
    ask = "predict_proba" if made is of_classes else "predict"
    np.testing.assert_array_equal(getattr(found, ask)(VALUES), getattr(ensemble, ask)(VALUES))
    assert found.weights.tolist() == ensemble.weights.tolist()


def test_a_member_outside_the_closed_list_is_refused(tmp_path):
    class Stranger(Ridge):
        """Of no known kind."""

    member = Member(Stranger().fit(VALUES, NUMBERS), np.arange(5), 1.0)
    with pytest.raises(UntrustedModelError, match="Stranger"):
        save_model(Pipeline([("model", Ensemble.of([member]))]), AUTO, tmp_path)


def test_members_that_the_algorithm_does_not_declare_are_refused(tmp_path):
    with pytest.raises(UntrustedModelError, match="Tree"):
        save_model(Pipeline([("model", of_classes())]), {"algorithm": "linear"}, tmp_path)


@pytest.fixture(scope="module")
def of_every_type(fit_here):
    """Two small models that have every kind of column between them."""
    rows = range(210)
    frame = pd.DataFrame(
        {
            "many": [f"m{row % 42}" for row in rows],
            "few": ["a", "b"] * 105,
            "curve": np.arange(210.0),
            "day": [f"2024-01-{1 + row % 28:02d}" for row in rows],
            "words": [f"remark number {row % 9}" for row in rows],
            "y": ["yes", "no", "no"] * 70,
        }
    )
    kinds = {"day": "datetime", "words": "text"}
    classes = fit_here(example(frame, "binary", "y", **kinds), "additive")
    numbers = frame.assign(y=np.arange(210.0) % 7)
    return [classes, fit_here(example(numbers, "regression", "y", **kinds), "linear")]


@pytest.mark.parametrize("left_out", TRUSTED_TYPES)
def test_every_trusted_type_is_needed(left_out, of_every_type, monkeypatch):
    rest = tuple(name for name in TRUSTED_TYPES if name != left_out)
    monkeypatch.setattr("training.model.files.TRUSTED_TYPES", rest)
    with pytest.raises(UntrustedModelError):  # noqa: PT012 (one of them is enough)
        for folder in of_every_type:
            load_pipeline(folder)


@pytest.mark.parametrize("algorithm", ["random_forest", "hist_gradient_boosting"])
def test_the_file_holds_no_figure_of_every_row(algorithm, tmp_path):
    """Out-of-bag answers, and what boosting keeps while it is watched, would be some."""
    rows = 220
    fitted = fit_model(joined(ring(rows)), parse_hyperparameters(["--algorithm", algorithm]))
    save_model(fitted.pipeline, {"algorithm": algorithm}, tmp_path)
    with zipfile.ZipFile(tmp_path / MODEL_FILE) as archive:
        arrays = [
            np.load(io.BytesIO(archive.read(name)))
            for name in archive.namelist()
            if name.endswith(".npy")
        ]
    assert arrays
    for array in arrays:
        assert rows not in array.shape
