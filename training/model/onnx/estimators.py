"""Fitted estimators as operators: numbers of the encoded rows in, probabilities or numbers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from training.model.calibration import SMALLEST, Calibration
from training.model.ensemble import Ensemble
from training.model.log_linear import LogLinear
from training.model.onnx.graph import Graph
from training.model.onnx.trees import LESS, LESS_OR_EQUAL, of_booster, sum_of_trees
from training.model.xgboost_estimator import XGBoost
from training.serve.quick_prediction import BOOSTINGS, FORESTS
from training.serve.tree_walk import Boosting, Forest


class UnknownEstimatorError(Exception):
    """There is no way to write an estimator as operators."""


def ensemble_outputs(graph: Graph, values: str, ensemble: Ensemble) -> str:
    """Return probabilities of shape (rows, classes), or numbers of shape (rows, 1)."""
    rates, total = ensemble.base_rates, None
    for model, columns, weight, calibration in ensemble.members:
        found = _outputs(graph, graph.columns(values, columns, 1), model)
        if rates is not None:
            found = _calibrated(graph, found, calibration, rates)
        found = graph.add("Mul", found, weight)
        total = found if total is None else graph.add("Add", total, found)
    assert total is not None  # noqa: S101 - an ensemble has members
    return total if rates is None else _calibrated(graph, total, ensemble.calibration, rates)


def _calibrated(
    graph: Graph, found: str, calibration: Calibration, rates: NDArray[np.float64]
) -> str:
    """Do as `training.model.calibration.calibrate` does."""
    power, share = calibration
    if power != 1:
        logs = graph.add("Mul", graph.add("Log", graph.add("Max", found, SMALLEST)), power)
        raised = graph.add("Max", graph.add("Softmax", logs, axis=1), SMALLEST)
        found = graph.add("Div", raised, graph.total(raised))
    if share == 0:
        return found
    return graph.add("Add", graph.add("Mul", found, 1 - share), share * rates)


def _outputs(graph: Graph, values: str, model: Any) -> str:
    for kinds, write in _WRITERS.items():
        if isinstance(model, kinds):
            return write(graph, values, model)
    raise UnknownEstimatorError(type(model).__name__)


def _forest(graph: Graph, values: str, model: Any) -> str:
    trees = [Forest.nodes(estimator.tree_) for estimator in model.estimators_]
    # A leaf adds to one sum only: the trees stand there once for each class but the first.
    columns = [0] if not hasattr(model, "classes_") else range(1, len(model.classes_))
    each = [tree._replace(value=tree.value[:, column]) for column in columns for tree in trees]
    targets = np.repeat(np.arange(len(columns)), len(trees)).tolist()
    sums = sum_of_trees(graph, graph.single(values), each, targets, LESS_OR_EQUAL)
    means = graph.add("Div", sums, float(len(trees)))
    return _with_first(graph, means) if hasattr(model, "classes_") else means


def _with_first(graph: Graph, others: str) -> str:
    """Return the first class's probability before the others'."""
    first = graph.add("Max", graph.add("Sub", 1.0, graph.total(others)), 0.0)
    return graph.add("Concat", first, others, axis=1)


def _boosting(graph: Graph, values: str, model: Any) -> str:
    rounds = model._predictors
    trees = [Boosting.nodes(tree.nodes) for each in rounds for tree in each]
    targets = list(range(len(rounds[0]))) * len(rounds)
    sums = sum_of_trees(graph, values, trees, targets, LESS_OR_EQUAL)
    raw = graph.add("Add", sums, model._baseline_prediction.reshape(1, -1))
    if hasattr(model, "classes_"):
        return _probabilities(graph, raw, len(model.classes_))
    return graph.add("Exp", raw) if model.loss == "poisson" else raw


def _xgboost(graph: Graph, values: str, model: XGBoost) -> str:
    trees, targets, start = of_booster(model.booster_)
    sums = sum_of_trees(graph, graph.single(values), trees, targets, LESS)
    raw = graph.add("Add", sums, start)
    return _probabilities(graph, raw, len(model.classes_)) if model.is_classification else raw


def _probabilities(graph: Graph, raw: str, classes: int) -> str:
    """Return probabilities of log-odds, one a row for two classes."""
    if classes > 2:
        return graph.add("Softmax", raw, axis=1)
    return graph.add(
        "Concat", graph.add("Sigmoid", graph.add("Neg", raw)), graph.add("Sigmoid", raw), axis=1
    )


def _linear(graph: Graph, values: str, model: Any) -> str:
    coefficients = np.atleast_2d(model.coef_).T
    return graph.add("Add", graph.add("MatMul", values, coefficients), np.ravel(model.intercept_))


def _logistic(graph: Graph, values: str, model: Any) -> str:
    return _probabilities(graph, _linear(graph, values, model), len(model.classes_))


def _log_linear(graph: Graph, values: str, model: LogLinear) -> str:
    return graph.add("Exp", graph.add("Min", _linear(graph, values, model), model.largest_))


_WRITERS: dict[Any, Callable[[Graph, str, Any], str]] = {
    FORESTS: _forest,
    BOOSTINGS: _boosting,
    XGBoost: _xgboost,
    Ridge: _linear,
    LogisticRegression: _logistic,
    LogLinear: _log_linear,
}
