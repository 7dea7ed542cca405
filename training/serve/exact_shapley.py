"""Exact Shapley values of the models that allow it, in the unit that their columns add up in.

Forests add up in probabilities, or in the target's unit; linear models and boosting in the target's
unit, or with two classes in log-odds. With more classes the latter's scores mean something only
compared with each other, which nobody reads, so `exact_shapley` has nothing for them; nor for
models whose logarithms add up, since their answers do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from training.model.xgboost_estimator import XGBoost
from training.serve.quick_prediction import BOOSTINGS, FORESTS
from training.serve.tree_shapley import TreeShapley
from training.serve.tree_walk import Boosting, Forest, Nodes

Numbers = NDArray[np.float64]
# Takes encoded rows; returns contributions of shape (rows, encoded columns, outputs), and the base
# of shape (outputs,).
Exact = Callable[[Numbers], tuple[Numbers, Numbers]]
LOG_ODDS = "log_odds"
# Leaves times splits above them, at most. More would take over 25 ms a row, so they are sampled.
_MOST_SPLITS = 1_500_000


def exact_shapley(model: Any, background: Numbers) -> tuple[str | None, Exact] | None:
    """Return a fitted estimator's exact Shapley values; None where it has none.

    Parameters
    ----------
    model : estimator
    background : numpy.ndarray, shape (rows, encoded columns)
        Whose means the unknown columns of a linear model have.

    Returns
    -------
    unit : str or None
        ``LOG_ODDS``, of the second class; None is the unit of the model's outputs, each of which
        is explained.
    exact : callable
    """
    if isinstance(model, FORESTS):
        exact = _of_forest(model, background.shape[1])
        return (None, exact) if exact else None
    classes = len(getattr(model, "classes_", ()))
    exact = _of_scores(model, background) if classes <= 2 else None
    return (LOG_ODDS if classes else None, exact) if exact else None


def _of_scores(model: Any, background: Numbers) -> Exact | None:
    if isinstance(model, BOOSTINGS) and getattr(model, "loss", None) != "poisson":
        return _of_boosting(model, background.shape[1])
    if isinstance(model, (LogisticRegression, Ridge)):
        return _of_linear(model, background.mean(axis=0))
    if isinstance(model, XGBoost):
        return lambda rows: _of_booster(model.booster_, rows)
    return None


def _of_forest(model: Any, width: int) -> Exact | None:
    trees, count = [tree.tree_ for tree in model.estimators_], len(model.estimators_)
    covers = [tree.weighted_n_node_samples for tree in trees]
    shapley = _of_trees([Forest.nodes(tree) for tree in trees], covers, width)
    if shapley is None:
        return None
    base = shapley.base / count
    return lambda rows: (shapley.contributions(rows.astype(np.float32)) / count, base)


def _of_boosting(model: Any, width: int) -> Exact | None:
    trees = [tree.nodes for of_round in model._predictors for tree in of_round]
    covers = [nodes["count"] for nodes in trees]
    shapley = _of_trees([Boosting.nodes(nodes) for nodes in trees], covers, width)
    if shapley is None:
        return None
    base = shapley.base + model._baseline_prediction.ravel()
    return lambda rows: (shapley.contributions(rows), base)


def _of_trees(
    trees: Sequence[Nodes], covers: Sequence[NDArray[Any]], width: int
) -> TreeShapley | None:
    splits = sum(tree.depth * (len(tree.left) + 1) // 2 for tree in trees)
    return TreeShapley(trees, covers, width) if splits <= _MOST_SPLITS else None


def _of_linear(model: Any, means: Numbers) -> Exact:
    weights = np.ravel(model.coef_)
    base = np.ravel(model.intercept_) + means @ weights
    return lambda rows: (((rows - means) * weights)[:, :, None], base)


def _of_booster(booster: Any, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Ask XGBoost, which computes in single precision: sums are right to six digits or so."""
    import xgboost  # in the image of this algorithm only

    found = booster.predict(xgboost.DMatrix(rows), pred_contribs=True).astype(np.float64)
    return found[:, :-1, None], found[0, -1:]
