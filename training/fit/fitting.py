"""From rows to the model: hold rows out, choose, and fit what was chosen on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from training.algorithms import ALGORITHMS
from training.errors import TrainingDataError
from training.fit.account import account_of
from training.fit.candidates import Candidate, candidates_of, plain_candidate
from training.fit.checkpoints import Saved
from training.fit.class_weight import fit_weighted
from training.fit.data import Data
from training.fit.folds import plan_folds
from training.fit.held_out import CrossValidation, HeldOut, Numbers
from training.fit.hyperparameters import Hyperparameters
from training.fit.processors import at_once, on_one_thread
from training.fit.rounds import fit_in_parts
from training.fit.selection import Choice, Weighed, choose
from training.model.calibration import Calibration
from training.model.ensemble import Ensemble, Member
from training.model.pipeline import build_preprocessing, columns_of


@dataclass(frozen=True)
class Fitted:
    """The model, and what it answered to rows that it had not been fitted on.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Steps ``preprocess`` and ``model``, an `Ensemble`; fitted on all rows.
    truth, outputs : numpy.ndarray
        Target, and probabilities or numbers, of the rows held out; empty where there were too few
        rows to hold any out.
    account : dict or None
        See `account_of`; None where there were too few rows.
    packages : tuple of str
        What members need and AWS's image lacks, as pip writes it.
    """

    pipeline: Pipeline
    truth: NDArray[Any]
    outputs: Numbers
    account: dict[str, Any] | None
    packages: tuple[str, ...]


def fit_model(data: Data, settings: Hyperparameters, saved: Saved = lambda _: None) -> Fitted:
    """Fit the model that the settings ask for.

    Parameters
    ----------
    data : Data
    settings : Hyperparameters
    saved : callable
        Returns the checkpoints of a candidate.

    Raises
    ------
    TrainingDataError
        If a logarithmic link was asked for, and the target has negative numbers.
    """
    candidates = _candidates(data, settings)
    folds = plan_folds(data, settings)
    fit = FinalFit(data, settings.seed, candidates, saved)
    validation = CrossValidation(data, folds, settings)
    asked = validation.ask(candidates, fit.values, saved)
    if asked:
        may_calibrate = settings.values.get("class_weight") != "balanced"
        hedges = settings.algorithm == "auto"
        choice = choose(asked, data, may_calibrate=may_calibrate, hedges=hedges)
        account = account_of(choice, candidates, validation.done)
    else:
        choice, account = without_rows_held_out(plain_candidate(settings), data), None
    truth = data.target[choice.rows]
    return Fitted(fit.pipeline(choice), truth, choice.outputs, account, packages_of(choice))


def packages_of(choice: Choice) -> tuple[str, ...]:
    """Return what the members of a model need and AWS's image lacks."""
    members = [ALGORITHMS[each.held_out.candidate.algorithm] for each in choice.members]
    return tuple(sorted({package for each in members for package in each.packages}))


def _candidates(data: Data, settings: Hyperparameters) -> list[Candidate]:
    found = candidates_of(
        settings,
        len(data.target),
        len(data.schema.numeric),
        takes_logarithms=data.spreads_in_ratios,
    )
    # Only one that was asked for can be misplaced.
    is_misplaced = found[0].takes_logarithms and not data.allows_logarithms
    if is_misplaced and data.classes is None:
        raise TrainingDataError(
            f"'link' is log, but the target '{data.schema.target}' has negative numbers, "
            "or too few above 0"
        )
    return found


def without_rows_held_out(candidate: Candidate, data: Data) -> Choice:
    """Return the choice of the one candidate there is."""
    nothing = np.empty((0,) if data.classes is None else (0, len(data.classes)))
    only = Weighed(HeldOut(candidate, nothing), Calibration(), np.nan, 1.0)
    rows = np.zeros(len(data.target), dtype=bool)
    return Choice([only], Calibration(), np.nan, rows, nothing)


def assembled(
    preprocess: ColumnTransformer, models: Sequence[Any], choice: Choice, data: Data
) -> Pipeline:
    """Return the pipeline of fitted steps and of the members' fitted models."""
    ensemble = Ensemble.of(
        [
            Member(
                model,
                columns_of(preprocess, member.held_out.candidate.encoding),
                member.weight,
                member.calibration,
            )
            for model, member in zip(models, choice.members, strict=True)
        ],
        choice.calibration,
        data.classes,
        data.base_rates,
    )
    return Pipeline([("preprocess", preprocess), ("model", ensemble)])


class FinalFit:
    """Fits on all rows, once nothing is to be chosen any more.

    Attributes
    ----------
    values : dict of numpy.ndarray
        All rows as numbers, by encoding, shape (rows, columns).
    """

    def __init__(
        self, data: Data, seed: int, candidates: Sequence[Candidate], saved: Saved
    ) -> None:
        self._data, self._seed, self._saved = data, seed, saved
        self._encode({candidate.encoding for candidate in candidates})

    def _encode(self, encodings: set[str]) -> None:
        data = self._data
        self._preprocess = build_preprocessing(
            data.schema, self._seed, data.features, data.target, encodings
        )
        found = self._preprocess.fit_transform(data.features, data.target)
        self.values: dict[str, Numbers] = {
            name: found[:, columns_of(self._preprocess, name)] for name in encodings
        }

    def pipeline(self, choice: Choice) -> Pipeline:
        """Return the fitted pipeline."""
        members = choice.members
        encodings = {member.held_out.candidate.encoding for member in members}
        if encodings != set(self.values):  # what no member takes is not computed at the endpoint
            self._encode(encodings)
        alone = len(members) == 1
        models = at_once([partial(self._model, member.held_out, alone) for member in members])
        return assembled(self._preprocess, models, choice, self._data)

    def _model(self, found: HeldOut, alone: bool) -> Any:
        model = found.model or self._fitted(found.candidate, alone)
        # One thread from here on: sums of trees then always run in the same order, bit for bit.
        return on_one_thread(model)

    def _fitted(self, candidate: Candidate, alone: bool) -> Any:
        model = candidate.build(self._seed, classifies=self._data.classes is not None)
        model = model if alone else on_one_thread(model)
        rows = (self.values[candidate.encoding], self._data.target)
        rounds = ALGORITHMS[candidate.algorithm].rounds
        checkpoints = self._saved(candidate) if rounds else None
        if rounds and checkpoints:
            return fit_in_parts(model, rows, rounds, checkpoints=checkpoints)
        return fit_weighted(model, *rows)
