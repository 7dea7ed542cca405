"""Which rows are held out while choices are made, so that models are judged on unseen ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from training.fit.data import Data
from training.fit.hyperparameters import Hyperparameters

Rows = NDArray[np.intp]  # their numbers
FOLDS = 5
# From so many cells on, one side of held-out rows judges nearly as well as five, in a fifth of the
# time, and `auto` needs no more than so many rows to choose.
MANY_CELLS, MANY_ROWS = 300_000, 50_000
FEWEST_ROWS = 10


@dataclass(frozen=True)
class Folds:
    """Rows to fit on, and rows to hold out.

    Parameters
    ----------
    sides : list of (numpy.ndarray, numpy.ndarray)
        Numbers of rows, of training and validation split one after the other.
    are_exchangeable : bool
        Whether any row may be held out: no groups or times bind rows together.
    """

    sides: list[tuple[Rows, Rows]]
    are_exchangeable: bool


def plan_folds(data: Data, settings: Hyperparameters) -> Folds:
    """Choose the rows to hold out.

    Parameters
    ----------
    data : Data
        Where groups or times bind rows together, only the validation split is held out, which
        preprocessing has set apart honestly.
    settings : Hyperparameters
        `auto` chooses on ``MANY_ROWS`` at most.

    Returns
    -------
    Folds
        Without sides where there are too few rows.
    """
    target, schema = data.target, data.schema
    classifies, bound = schema.is_classification, schema.bound_by is not None
    generator = np.random.default_rng(settings.seed)
    if bound or len(target) > MANY_ROWS or data.features.size > MANY_CELLS:
        rows = np.arange(len(target))
        sides = [(rows[: data.in_training], rows[data.in_training :])]
        if settings.algorithm == "auto":
            sides = [(_sample(known, generator), _sample(held, generator)) for known, held in sides]
    else:
        sides = list(_sides(target, classifies, settings.seed))
    usable = [(known, held) for known, held in sides if _can_be_fitted(target[known], classifies)]
    return Folds([(known, held) for known, held in usable if len(held)], not bound)


def _sample(rows: Rows, generator: np.random.Generator) -> Rows:
    return rows if len(rows) <= MANY_ROWS else np.sort(generator.permutation(rows)[:MANY_ROWS])


def _sides(target: NDArray[Any], classifies: bool, seed: int) -> list[tuple[Rows, Rows]]:
    most = FOLDS
    if classifies:
        most = min(FOLDS, int(np.unique(target, return_counts=True)[1].max()))
    if len(target) < FEWEST_ROWS or most < 2:  # a class for each row can't be learned from others
        return []
    kind = StratifiedKFold if classifies else KFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a class is rarer than there are folds
        folds = kind(most, shuffle=True, random_state=seed)
        return list(folds.split(target, target))


def _can_be_fitted(target: NDArray[Any], classifies: bool) -> bool:
    return len(np.unique(target)) > 1 if classifies else len(target) > 0
