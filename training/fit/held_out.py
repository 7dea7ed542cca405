"""Every candidate's answers to rows that it was not fitted on."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.algorithms import ALGORITHMS
from training.fit.candidates import Candidate
from training.fit.checkpoints import Checkpoints, Saved
from training.fit.class_weight import fit_weighted
from training.fit.data import Data
from training.fit.early_stopping import best_rounds, fit_watched, keep_rounds
from training.fit.folds import Folds, Rows
from training.fit.hyperparameters import Hyperparameters
from training.fit.judge import Judge
from training.fit.metrics import METRICS, model_metrics
from training.fit.processors import at_once, on_one_thread
from training.fit.rounds import SHOWN_FROM, fit_in_parts
from training.model.pipeline import build_preprocessing, columns_of

Numbers = NDArray[np.float64]
ValuesAndTarget = tuple[Numbers, NDArray[Any]]
# A candidate that is this many times worse than the best one on the first fold takes no part.
HOPELESS = 1.5
# Fewer trees leave too few votes for each row to judge the forest by.
FEWEST_TREES_OUT_OF_BAG = 100


@dataclass
class HeldOut:
    """A candidate's answers to rows held out.

    Parameters
    ----------
    candidate : Candidate
        With its rounds settled once all folds are done.
    outputs : numpy.ndarray
        Probabilities of shape (rows, classes), or numbers of shape (rows,); NaN for rows that were
        not held out.
    seconds : float
    model : estimator or None
        Already fitted on all rows, where that was needed for the answers.
    watched : list
        Of each fold whose rounds end early: model, held-out values and rows, and the losses.
    """

    candidate: Candidate
    outputs: Numbers
    seconds: float = 0.0
    model: Any = None
    watched: list[tuple[Any, Numbers, Rows, Numbers]] = field(default_factory=list)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Which rows were held out, shape (rows,)."""
        return ~np.isnan(self.outputs.reshape(len(self.outputs), -1)[:, 0])


@dataclass(frozen=True)
class _Fold:
    """The two sides of a fold, their rows as numbers by encoding."""

    known: Rows
    held: Rows
    known_values: dict[str, Numbers]
    held_values: dict[str, Numbers]

    @classmethod
    def of(cls, data: Data, seed: int, sides: tuple[Rows, Rows], asked: Sequence[HeldOut]) -> _Fold:
        known, held = sides
        encodings = {each.candidate.encoding for each in asked}
        rows, target = data.features.iloc[known], data.target[known]
        steps = build_preprocessing(data.schema, seed, rows, target, encodings)
        values = (steps.fit_transform(rows, target), steps.transform(data.features.iloc[held]))
        columns = {name: columns_of(steps, name) for name in encodings}
        first, second = ({name: side[:, on] for name, on in columns.items()} for side in values)
        return cls(known, held, first, second)


class CrossValidation:
    """Fits candidates on some rows and asks them about the others.

    Parameters
    ----------
    data : Data
    folds : Folds
    settings : Hyperparameters
        ``time_budget_seconds`` of `auto`: after it no further fold is begun, and no forest; the
        first fold is always done. Only then do the answers depend on the machine.

    Attributes
    ----------
    done : int
        How many folds were done; 0 where all candidates are judged out of bag.
    """

    def __init__(self, data: Data, folds: Folds, settings: Hyperparameters) -> None:
        self._data, self._folds, self._seed = data, folds, settings.seed
        self.done = 0
        budget = float(settings.values.get("time_budget_seconds", math.inf))
        self._end = time.monotonic() + budget

    def ask(
        self,
        candidates: Sequence[Candidate],
        everything: dict[str, Numbers],
        saved: Saved = lambda _: None,
    ) -> list[HeldOut]:
        """Return the answers of all candidates but the hopeless ones; none without folds.

        Parameters
        ----------
        candidates : sequence of Candidate
        everything : dict
            All rows as numbers, by encoding, for forests: each row is judged by the trees that did
            not draw it.
        saved : callable
            Returns where the fit of such a forest goes on from and writes to, if anywhere.
        """
        if not self._folds.sides:
            return []
        found = [HeldOut(candidate, self._nothing()) for candidate in candidates]
        bagged = [each for each in found if self._is_bagged(each.candidate)]
        others = [each for each in found if each not in bagged]
        for number, sides in enumerate(self._folds.sides):
            if not others or (number and self._is_over):
                break
            self._ask_all(others, _Fold.of(self._data, self._seed, sides, others))
            self.done += 1
            if number == 0:
                others = self._hopeful(others, sides[1])
        for each in others:
            self._settle(each)
        if others and self._is_over:
            bagged = []  # a forest takes its time in one piece
        for each in bagged:
            self._ask_bags(each, everything[each.candidate.encoding], saved(each.candidate))
        return [each for each in found if each in others or each in bagged]

    @property
    def _is_over(self) -> bool:
        return time.monotonic() > self._end

    def _ask_all(self, found: Sequence[HeldOut], fold: _Fold) -> None:
        alone = len(found) == 1
        at_once([partial(self._ask, each, fold, alone) for each in found])

    def _nothing(self) -> Numbers:
        shape = (len(self._data.target),)
        classes = self._data.classes
        return np.full(shape if classes is None else (*shape, len(classes)), np.nan)

    def _is_bagged(self, candidate: Candidate) -> bool:
        trees = candidate.values.get("n_estimators", 0)
        is_forest = candidate.algorithm == "random_forest" and trees >= FEWEST_TREES_OUT_OF_BAG
        return is_forest and self._folds.are_exchangeable

    def _ask(self, found: HeldOut, fold: _Fold, alone: bool) -> None:
        began = time.monotonic()
        candidate, target = found.candidate, self._data.target
        model = candidate.build(self._seed, classifies=self._data.classes is not None)
        model = model if alone else on_one_thread(model)
        known = (fold.known_values[candidate.encoding], target[fold.known])
        asked = fold.held_values[candidate.encoding]
        if candidate.stops_early:
            curve = fit_watched(model, known, (asked, target[fold.held]))
            found.watched.append((model, asked, fold.held, curve))
        else:
            self._fit(candidate, model, known, (asked, target[fold.held]), alone)
        found.outputs[fold.held] = self._outputs(model, asked)
        found.seconds += time.monotonic() - began

    def _fit(
        self,
        candidate: Candidate,
        model: Any,
        known: ValuesAndTarget,
        held: ValuesAndTarget,
        alone: bool,
    ) -> None:
        rounds = ALGORITHMS[candidate.algorithm].rounds
        is_long = rounds and len(known[1]) * int(candidate.values[rounds]) >= SHOWN_FROM
        if rounds and is_long and alone and len(self._folds.sides) == 1:
            fit_in_parts(model, known, rounds, show=partial(_show, held))
        else:
            fit_weighted(model, *known)

    def _ask_bags(self, found: HeldOut, values: Numbers, checkpoints: Checkpoints | None) -> None:
        began, rows = time.monotonic(), (values, self._data.target)
        model = found.candidate.build(self._seed, classifies=self._data.classes is not None)
        if checkpoints:
            model = fit_in_parts(model, rows, "n_estimators", checkpoints=checkpoints)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that no tree is added, where all of them are there
            model.set_params(oob_score=True, warm_start=checkpoints is not None)
            fit_weighted(model, *rows).set_params(warm_start=False)
        name = "oob_prediction_" if self._data.classes is None else "oob_decision_function_"
        found.outputs = getattr(model, name)
        # Not for the model's file: it holds a figure of every row.
        delattr(model, name)
        found.model = model.set_params(oob_score=False)
        found.seconds += time.monotonic() - began

    def _outputs(self, model: Any, values: Numbers) -> Numbers:
        return answers_of(model, values, self._data.classes)

    def _settle(self, found: HeldOut) -> None:
        """Choose the rounds of a candidate that stops early, and answer with them."""
        if not found.watched:
            return
        rounds = best_rounds([curve for *_, curve in found.watched])
        for model, asked, held, _ in found.watched:
            keep_rounds(model, rounds)
            found.outputs[held] = self._outputs(model, asked)
        found.candidate = found.candidate.with_rounds(rounds)
        found.watched.clear()

    def _hopeful(self, found: list[HeldOut], held: Rows) -> list[HeldOut]:
        judge = Judge(self._data, held, may_calibrate=True)
        answers = [each.outputs[held] for each in found]
        losses = [judge.loss(judge.calibrated(each, judge.calibration(each))) for each in answers]
        limit = HOPELESS * min(losses)
        return [each for each, loss in zip(found, losses, strict=True) if loss <= limit]


def answers_of(model: Any, values: Numbers, classes: NDArray[np.str_] | None) -> Numbers:
    """Return a fitted model's numbers, or its probabilities of all classes, seen or not."""
    if classes is None:
        return np.asarray(model.predict(values), np.float64)
    outputs = np.zeros((len(values), len(classes)))
    outputs[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(values)
    return outputs


def _show(held: ValuesAndTarget, model: Any) -> None:
    """Print one metric under its usual name: the console's chart shows how it moves."""
    metric = METRICS[hasattr(model, "classes_")]
    print(f"validation:{metric}={model_metrics(model, *held)[metric]!r}")
