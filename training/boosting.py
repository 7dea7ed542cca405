"""Fitted gradient boosting, quick for small batches.

It reads fitted attributes that scikit-learn keeps to itself: its version is pinned to the image's,
and tests hold every number against scikit-learn's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.trees import Nodes, Trees

SMALL_BATCH = 64


class Boosting:
    """The outputs of HistGradientBoosting…, bit for bit as scikit-learn computes them.

    Parameters
    ----------
    model : HistGradientBoostingClassifier or HistGradientBoostingRegressor
        Fitted on numbers (no column declared categorical).
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._start = model._baseline_prediction.reshape(1, -1, 1)
        self._loss = model._loss
        rounds = model._predictors
        self._each_round = len(rounds[0])
        trees = [_nodes(tree.nodes) for trees in rounds for tree in trees]
        self._together = Trees(trees)

    def outputs(self, values: Any) -> Any:
        """Return class probabilities, shape (rows, classes), or numbers, shape (rows,).

        Parameters
        ----------
        values : numpy.ndarray of float64, shape (rows, columns)
            Without missing values.
        """
        classifies = hasattr(self._model, "classes_")
        if len(values) > SMALL_BATCH:
            model = self._model
            return model.predict_proba(values) if classifies else model.predict(values)
        raw = self._raw(values)
        return self._loss.predict_proba(raw) if classifies else self._loss.link.inverse(raw[:, 0])

    def _raw(self, values: Any) -> Any:
        """Return the sums over all rounds, shape (rows, trees of a round)."""
        added = self._together.values(values)  # (rounds x trees of a round, rows)
        added = added.reshape(-1, self._each_round, len(values))
        start = np.broadcast_to(self._start, (1, *added.shape[1:]))
        return np.add.accumulate(np.concatenate([start, added]), axis=0)[-1].T


def _nodes(nodes: Any) -> Nodes:
    own = np.arange(len(nodes))
    is_leaf = nodes["is_leaf"].astype(bool)
    return Nodes(
        left=np.where(is_leaf, own, nodes["left"]).astype(np.int64),
        right=np.where(is_leaf, own, nodes["right"]).astype(np.int64),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        value=nodes["value"],
        depth=int(nodes["depth"].max()),
    )
