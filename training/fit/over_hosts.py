"""Fitting where each host has a part of the rows; it leads to the choices of a single host.

Every host does the same fits, in the same order, together with the others. What turns cells into
numbers is fitted to rows drawn from all hosts, and comes from the first one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from training.algorithms import ALGORITHMS
from training.errors import HyperparameterError
from training.fit.account import account_of
from training.fit.candidates import Candidate, candidates_of, plain_candidate
from training.fit.checkpoints import Saved
from training.fit.class_weight import fit_weighted
from training.fit.data import Data
from training.fit.early_stopping import best_rounds, fit_watched, keep_rounds
from training.fit.fitting import Fitted, assembled, packages_of, without_rows_held_out
from training.fit.held_out import HeldOut, answers_of
from training.fit.hyperparameters import Hyperparameters
from training.fit.processors import on_one_thread
from training.fit.rounds import fit_in_parts
from training.fit.selection import choose
from training.model.collective import agreed, gathered, host_number
from training.model.pipeline import build_preprocessing, columns_of

Numbers = NDArray[np.float64]
SAMPLE_ROWS = 100_000  # of all hosts together


def check_algorithm(settings: Hyperparameters) -> None:
    """Raise a HyperparameterError for an algorithm whose fits hosts cannot share."""
    if not ALGORITHMS[settings.algorithm].over_hosts:
        able = ", ".join(name for name, each in ALGORITHMS.items() if each.over_hosts)
        raise HyperparameterError(f"over several hosts, 'algorithm' must be one of {able}")


@dataclass(frozen=True)
class _Encoded:
    """Rows of this host as numbers, and the steps that did it."""

    steps: ColumnTransformer
    values: Numbers

    @classmethod
    def of(cls, data: Data, rows: slice, seed: int, encodings: Collection[str]) -> _Encoded:
        features, target = data.features.iloc[rows], data.target[rows]
        drawn = _drawn(len(target), seed)
        parts = gathered((features.iloc[drawn], target[drawn]))
        sample = pd.concat([part for part, _ in parts], ignore_index=True)
        known = np.concatenate([part for _, part in parts])
        steps = build_preprocessing(data.schema, seed, sample, known, encodings)
        fitted = np.asarray(steps.fit_transform(sample, known))
        found = cls(agreed(steps), np.empty((len(target), fitted.shape[1])))
        found.values[:] = found.transformed(features)
        # Rows of the sample keep what they were fitted with: no row's own target is in it.
        first = sum(len(part) for _, part in parts[: host_number()])
        found.values[drawn] = fitted[first : first + len(drawn)]
        return found

    def transformed(self, features: pd.DataFrame) -> Numbers:
        """Return other rows as numbers; scikit-learn would not take none."""
        if not len(features):
            return np.empty((0, self.values.shape[1]))
        return np.asarray(self.steps.transform(features))

    def columns(self, candidate: Candidate) -> NDArray[np.intp]:
        """Return those that a candidate takes."""
        return columns_of(self.steps, candidate.encoding)


def _drawn(rows: int, seed: int) -> NDArray[np.intp]:
    """Return which of this host's rows are in the sample, evenly from all hosts."""
    share = min(1.0, SAMPLE_ROWS / sum(gathered(rows)))
    return np.sort(np.random.default_rng(seed).permutation(rows)[: ceil(rows * share)])


def fit_over_hosts(data: Data, settings: Hyperparameters, saved: Saved) -> Fitted:
    """Fit the model that the settings ask for, to the rows of all hosts.

    Parameters
    ----------
    data : Data
        This host's rows.
    settings : Hyperparameters
    saved : callable
        Returns the checkpoints of a candidate.
    """
    rows = sum(gathered(len(data.target)))
    candidates = candidates_of(settings, rows, len(data.schema.numeric))
    truth = np.concatenate(gathered(data.target[data.in_training :]))
    if len(truth):
        found = _ask(candidates, data, settings.seed)
        judged = Data(data.schema, data.features.iloc[:0], truth, 0, data.of_classes)
        may_calibrate = settings.values.get("class_weight") != "balanced"
        choice = agreed(choose(found, judged, may_calibrate=may_calibrate))
        account = account_of(choice, candidates, 1)
    else:
        choice, account = without_rows_held_out(plain_candidate(settings), data), None
    members = [each.held_out.candidate for each in choice.members]
    encoded = _Encoded.of(data, slice(None), settings.seed, {each.encoding for each in members})
    models = [_fitted(each, data, encoded, settings.seed, saved) for each in members]
    pipeline = assembled(encoded.steps, models, choice, data)
    return Fitted(pipeline, truth, choice.outputs, account, packages_of(choice))


def _ask(candidates: Sequence[Candidate], data: Data, seed: int) -> list[HeldOut]:
    """Fit all candidates to the training rows and ask them about the validation rows."""
    known, held = slice(data.in_training), slice(data.in_training, None)
    encoded = _Encoded.of(data, known, seed, {each.encoding for each in candidates})
    asked = encoded.transformed(data.features.iloc[held])
    found = []
    for candidate in candidates:
        began, on = time.monotonic(), encoded.columns(candidate)
        model = candidate.build(seed, classifies=data.classes is not None)
        rows = (encoded.values[:, on], data.target[known])
        if candidate.stops_early:
            rounds = best_rounds([fit_watched(model, rows, (asked[:, on], data.target[held]))])
            keep_rounds(model, rounds)
            candidate = candidate.with_rounds(rounds)  # noqa: PLW2901 (the same, settled)
        else:
            fit_weighted(model, *rows)
        outputs = np.concatenate(gathered(answers_of(model, asked[:, on], data.classes)))
        found.append(HeldOut(candidate, outputs, agreed(time.monotonic() - began)))
    return found


def _fitted(candidate: Candidate, data: Data, encoded: _Encoded, seed: int, saved: Saved) -> Any:
    model = candidate.build(seed, classifies=data.classes is not None)
    rows = (encoded.values[:, encoded.columns(candidate)], data.target)
    name, checkpoints = ALGORITHMS[candidate.algorithm].rounds, saved(candidate)
    model = fit_in_parts(model, rows, str(name), checkpoints=checkpoints)
    return on_one_thread(model)
