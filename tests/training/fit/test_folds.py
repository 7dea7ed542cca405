"""Rows held out: each once, none that rows known to the model betray."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from tests.training.data import example, joined, line, ring
from training.fit import folds
from training.fit.folds import FEWEST_ROWS, FOLDS, plan_folds
from training.fit.hyperparameters import parse_hyperparameters

PLAIN = parse_hyperparameters(["--algorithm", "linear"])
AUTO = parse_hyperparameters(["--algorithm", "auto"])


def of_classes(*labels):
    frame = pd.DataFrame({"x": np.arange(len(labels)) * 1.0, "y": labels})
    return joined(example(frame, "multiclass", "y"))


@pytest.mark.parametrize("made", [ring, line])
def test_every_row_is_held_out_once_by_models_that_do_not_know_it(made):
    data = joined(made())
    found = plan_folds(data, PLAIN)
    assert found.are_exchangeable
    assert len(found.sides) == FOLDS
    held = np.concatenate([side for _, side in found.sides])
    assert sorted(held.tolist()) == list(range(len(data.target)))
    for known, side in found.sides:
        assert sorted([*known, *side]) == list(range(len(data.target)))


def test_every_fold_has_its_share_of_each_class():
    data = of_classes(*["a"] * 10, *["b"] * 40)
    for _, held in plan_folds(data, PLAIN).sides:
        assert (data.target[held] == "a").sum() == 2


def test_folds_are_drawn_from_the_seed():
    data = joined(line())
    seeds = (["--seed", "1"], ["--seed", "1"], ["--seed", "2"])
    first, second, third = (
        [side.tolist() for _, side in plan_folds(data, parse_hyperparameters(seed)).sides]
        for seed in seeds
    )
    assert first == second != third


@pytest.mark.parametrize("bound_by", ["group", "time"])
@pytest.mark.parametrize("settings", [PLAIN, AUTO])
def test_bound_rows_are_held_out_as_preprocessing_parted_them(bound_by, settings):
    data = joined(ring(), bound_by)
    found = plan_folds(data, settings)
    assert not found.are_exchangeable
    ((known, held),) = found.sides
    assert known.tolist() == list(range(data.in_training))
    assert held.tolist() == list(range(data.in_training, len(data.target)))


def test_of_many_rows_only_the_validation_split_is_held_out(monkeypatch):
    data = joined(ring(120))
    monkeypatch.setattr(folds, "MANY_ROWS", 119)
    found = plan_folds(data, PLAIN)
    assert found.are_exchangeable
    ((known, held),) = found.sides
    assert (len(known), held[0]) == (data.in_training, data.in_training)
    monkeypatch.setattr(folds, "MANY_ROWS", 120)
    assert len(plan_folds(data, PLAIN).sides) == FOLDS


def test_of_many_cells_too(monkeypatch):
    data = joined(ring(120))
    monkeypatch.setattr(folds, "MANY_CELLS", data.features.size - 1)
    assert len(plan_folds(data, PLAIN).sides) == 1
    monkeypatch.setattr(folds, "MANY_CELLS", data.features.size)
    assert len(plan_folds(data, PLAIN).sides) == FOLDS


def test_auto_compares_many_rows_on_a_sample(monkeypatch):
    data = joined(ring(120))
    monkeypatch.setattr(folds, "MANY_ROWS", 20)
    ((known, held),) = plan_folds(data, AUTO).sides
    assert (len(known), len(held)) == (20, 20)
    assert known.max() < data.in_training <= held.min()
    assert len(set(known)) == len(set(held)) == 20


def test_too_few_rows_are_all_known():
    labels = ["a", "b"] * FEWEST_ROWS
    assert plan_folds(of_classes(*labels[: FEWEST_ROWS - 1]), PLAIN).sides == []
    assert plan_folds(of_classes(*labels[:FEWEST_ROWS]), PLAIN).sides
    bound = joined(example(pd.DataFrame({"x": [1.0] * 4, "y": ["a", "b"] * 2}), "binary", "y"),
                   "group")  # fmt: skip
    assert plan_folds(bound, PLAIN).sides == []  # nothing in the validation split


def test_classes_rarer_than_folds_stop_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = of_classes("alone", *["a", "b", "c"] * 6, "twice", "twice")
        held = np.concatenate([side for _, side in plan_folds(data, PLAIN).sides])
        assert sorted(held.tolist()) == list(range(len(data.target)))
        assert len(plan_folds(of_classes(*list("abcdefg") * 2), PLAIN).sides) == 2
        assert plan_folds(of_classes(*"abcdefghijkl"), PLAIN).sides == []  # a class for each row


def test_a_side_of_one_class_is_not_fitted_on():
    data = of_classes(*["usual"] * 14, "alone")
    found = plan_folds(data, PLAIN).sides
    assert len(found) == FOLDS - 1
    for known, _ in found:
        assert set(data.target[known]) == {"usual", "alone"}
