"""Boosting that ends where more rounds no longer help on rows held out.

Each fold has a curve of losses; the number of rounds is where their mean is lowest, one for all
folds and for the final fit, so that it follows from all rows and flatters none of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from training.model.collective import gathered
from training.model.xgboost_estimator import XGBoost

Numbers = NDArray[np.float64]
BOOSTINGS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
PATIENCE = 30
# Of all classes together; fewer where the table is large, so that time is bounded.
MOST_TREES, MOST_WORK = 2_000, 1_000_000_000  # trees, and trees x cells
FEWEST_TREES = 100


def fit_watched(
    model: Any, data: tuple[Numbers, NDArray[Any]], held: tuple[Numbers, NDArray[Any]]
) -> Numbers:
    """Fit until the loss on held-out rows has not fallen for ``PATIENCE`` rounds.

    Parameters
    ----------
    model : XGBoost, HistGradientBoostingClassifier or HistGradientBoostingRegressor
        Unfitted.
    data, held : tuple of numpy.ndarray
        Values of shape (rows, columns) and target of shape (rows,).

    Returns
    -------
    numpy.ndarray, shape (rounds,)
        The loss after each round; lower is better.
    """
    known = data[1]
    cells = sum(gathered(data[0].size))
    most = min(MOST_TREES, max(FEWEST_TREES, MOST_WORK // max(1, cells)))
    if known.dtype.kind != "f":
        classes = np.unique(np.concatenate(gathered(np.unique(known))))
        most = max(1, most // len(classes)) if len(classes) > 2 else most
        # A class that the fit does not know can't be watched.
        seen = np.isin(held[1], classes)
        held = (held[0][seen], held[1][seen])
    if isinstance(model, XGBoost):
        return model.fit_watched(data, held, most=most, patience=PATIENCE)
    model.set_params(max_iter=most, early_stopping=True, n_iter_no_change=PATIENCE, tol=0)
    model.fit(*data, X_val=held[0], y_val=held[1])
    model.set_params(early_stopping=False)
    return -np.asarray(model.validation_score_[1:])


def keep_rounds(model: Any, rounds: int) -> None:
    """Drop what a fitted model learned after so many rounds."""
    if isinstance(model, XGBoost):
        model.booster_ = model.booster_[: min(rounds, model.booster_.num_boosted_rounds())]
    else:
        model._predictors = model._predictors[:rounds]


def best_rounds(curves: list[Numbers]) -> int:
    """Return the number of rounds at which the mean of the folds' curves is lowest.

    A curve that ended early stays at its last value.
    """
    longest = max(map(len, curves))
    padded = [np.append(curve, np.full(longest - len(curve), curve[-1])) for curve in curves]
    return int(np.mean(padded, axis=0).argmin()) + 1
