"""A fitted forest's mean output, quick for small batches and large ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.trees import Nodes, Trees

SMALL_BATCH = 32


class Forest:
    """The mean output of a forest's trees, bit for bit as scikit-learn computes it.

    Parameters
    ----------
    model : RandomForest… or ExtraTrees…, Classifier or Regressor
        Fitted, with one target.
    """

    def __init__(self, model: Any) -> None:
        self._trees = [estimator.tree_ for estimator in model.estimators_]
        self._together = Trees([_nodes(tree) for tree in self._trees])

    def mean(self, values: Any) -> Any:
        """Average the trees' outputs.

        Parameters
        ----------
        values : numpy.ndarray of float32, shape (rows, columns)
            Without missing values.

        Returns
        -------
        numpy.ndarray of float64, shape (rows, outputs)
            Class probabilities, or one column of predicted numbers.
        """
        if len(values) > SMALL_BATCH:
            outputs = self._ask_each(values)
        else:
            # accumulate adds in the trees' order; sum() may group, which changes the last bits.
            outputs = np.add.accumulate(self._together.values(values), axis=0)[-1]
        return outputs / len(self._trees)

    def _ask_each(self, values: Any) -> Any:
        total = self._trees[0].predict(values)
        for tree in self._trees[1:]:
            total = total + tree.predict(values)
        return total


def _nodes(tree: Any) -> Nodes:
    own = np.arange(tree.node_count)
    is_leaf = tree.children_left < 0
    return Nodes(
        left=np.where(is_leaf, own, tree.children_left),
        right=np.where(is_leaf, own, tree.children_right),
        feature=np.maximum(tree.feature, 0),
        threshold=tree.threshold,
        value=tree.value[:, 0, :],
        depth=tree.max_depth,
    )
