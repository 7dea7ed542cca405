"""Fitted trees of scikit-learn in one table, walked together, level by level.

Asking hundreds of trees one after the other costs the same whatever the batch; walking them
together is many times quicker for a few rows, and slower for many (docs/developers.md). Both give
scikit-learn's own numbers bit for bit, which tests hold for every model. Fitted attributes that
scikit-learn keeps to itself are read here: its version is pinned to the image's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Rows up to which walking is quicker than scikit-learn's own loop over trees.
FOREST_BATCH = 32
BOOSTING_BATCH = 64

Numbers = NDArray[np.float64]


class Nodes(NamedTuple):
    """One tree as arrays, an item a node; the first node is the root and a leaf its own child."""

    left: NDArray[np.integer]
    right: NDArray[np.integer]
    feature: NDArray[np.integer]
    threshold: NDArray[np.floating]  # a value above it goes to the right
    value: Numbers  # of the leaves
    depth: int  # of the deepest leaf


class Trees:
    """The nodes of many trees one after the other."""

    def __init__(self, trees: Sequence[Nodes]) -> None:
        counts = np.array([len(tree.left) for tree in trees])
        self._roots = np.cumsum(counts) - counts
        self._depth = max(tree.depth for tree in trees)
        left, right, self._feature, self._threshold, self._value = (
            np.concatenate(arrays) for arrays in list(zip(*trees, strict=True))[:-1]
        )
        shift = np.repeat(self._roots, counts)
        self._children = np.column_stack([left + shift, right + shift]).ravel()

    def values(self, rows: NDArray[np.floating]) -> Numbers:
        """Return the value of each tree's leaf for each row.

        Parameters
        ----------
        rows : numpy.ndarray, shape (rows, columns)
            Without missing values, in the type that the trees compare in.

        Returns
        -------
        numpy.ndarray, shape (trees, rows, ...)
        """
        numbers = np.arange(len(rows))
        nodes = np.repeat(self._roots[:, None], len(rows), axis=1)
        for _ in range(self._depth):
            goes_right = rows[numbers, self._feature[nodes]] > self._threshold[nodes]
            nodes = self._children[2 * nodes + goes_right]
        return np.asarray(self._value[nodes])


class Forest:
    """The mean output of a fitted RandomForest… or ExtraTrees… with one target."""

    def __init__(self, model: Any) -> None:
        self._trees = [estimator.tree_ for estimator in model.estimators_]
        self._together = Trees([self.nodes(tree) for tree in self._trees])

    @staticmethod
    def nodes(tree: Any) -> Nodes:
        """Return a fitted tree as arrays."""
        own, is_leaf = np.arange(tree.node_count), tree.children_left < 0
        return Nodes(
            left=np.where(is_leaf, own, tree.children_left),
            right=np.where(is_leaf, own, tree.children_right),
            feature=np.maximum(tree.feature, 0),
            threshold=tree.threshold,
            value=tree.value[:, 0, :],
            depth=tree.max_depth,
        )

    def outputs(self, values: Numbers) -> Numbers:
        """Return class probabilities, or one column of numbers, of shape (rows, outputs).

        ``values`` has the shape (rows, columns), without missing ones.
        """
        singles = values.astype(np.float32)
        if len(values) > FOREST_BATCH:
            total = self._trees[0].predict(singles)
            for tree in self._trees[1:]:
                total = total + tree.predict(singles)
        else:
            # accumulate adds in the trees' order; sum() may group, which changes the last bits.
            total = np.add.accumulate(self._together.values(singles), axis=0)[-1]
        return np.asarray(total / len(self._trees))


class Boosting:
    """The outputs of a fitted HistGradientBoosting… without columns declared categorical."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._start = model._baseline_prediction.reshape(1, -1, 1)
        rounds = model._predictors
        self._each_round = len(rounds[0])
        self._together = Trees([self.nodes(tree.nodes) for trees in rounds for tree in trees])

    @staticmethod
    def nodes(nodes: NDArray[np.void]) -> Nodes:
        """Return a fitted tree as arrays."""
        own, is_leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        return Nodes(
            left=np.where(is_leaf, own, nodes["left"]).astype(np.int64),
            right=np.where(is_leaf, own, nodes["right"]).astype(np.int64),
            feature=nodes["feature_idx"],
            threshold=nodes["num_threshold"],
            value=nodes["value"],
            depth=int(nodes["depth"].max()),
        )

    def outputs(self, values: Numbers) -> Numbers:
        """Return class probabilities of shape (rows, classes), or numbers of shape (rows,).

        ``values`` has the shape (rows, columns), without missing ones.
        """
        model, classifies = self._model, hasattr(self._model, "classes_")
        if len(values) > BOOSTING_BATCH:
            found = model.predict_proba(values) if classifies else model.predict(values)
        else:
            raw = self._raw(values)
            loss = model._loss
            found = loss.predict_proba(raw) if classifies else loss.link.inverse(raw[:, 0])
        return np.asarray(found)

    def _raw(self, values: Numbers) -> Numbers:
        """Return the sums over all rounds, shape (rows, trees of a round)."""
        added = self._together.values(values)  # (rounds x trees of a round, rows)
        added = added.reshape(-1, self._each_round, len(values))
        start = np.broadcast_to(self._start, (1, *added.shape[1:]))
        return np.asarray(np.add.accumulate(np.concatenate([start, added]), axis=0)[-1].T)
