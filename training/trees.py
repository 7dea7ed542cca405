"""Many fitted trees in one table, walked together, level by level.

Asking hundreds of trees one after the other costs the same whatever the batch; walking them
together is many times quicker for a few rows, and slower for many (docs/developers.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Nodes(NamedTuple):
    """One tree as arrays, an item a node; the first node is the root.

    Parameters
    ----------
    left, right : numpy.ndarray of int
        Children; a leaf is its own child.
    feature : numpy.ndarray of int
    threshold : numpy.ndarray of float
        A value above it goes to the right.
    value : numpy.ndarray of float64
        What a leaf says.
    depth : int
        Of the deepest leaf.
    """

    left: Any
    right: Any
    feature: Any
    threshold: Any
    value: Any
    depth: int


class Trees:
    """The trees' nodes one after the other.

    Parameters
    ----------
    trees : sequence of Nodes
    """

    def __init__(self, trees: Sequence[Nodes]) -> None:
        counts = np.array([len(tree.left) for tree in trees])
        self._roots = np.cumsum(counts) - counts
        self._depth = max(tree.depth for tree in trees)
        left = np.concatenate([tree.left for tree in trees]) + np.repeat(self._roots, counts)
        right = np.concatenate([tree.right for tree in trees]) + np.repeat(self._roots, counts)
        self._children = np.column_stack([left, right]).ravel()
        self._feature = np.concatenate([tree.feature for tree in trees])
        self._threshold = np.concatenate([tree.threshold for tree in trees])
        self._value = np.concatenate([tree.value for tree in trees])

    def values(self, rows: Any) -> Any:
        """Return what each tree's leaf says of each row.

        Parameters
        ----------
        rows : numpy.ndarray, shape (rows, columns)
            Without missing values, in the type that the trees compare in.

        Returns
        -------
        numpy.ndarray of float64, shape (trees, rows, ...)
        """
        numbers = np.arange(len(rows))
        nodes = np.repeat(self._roots[:, None], len(rows), axis=1)
        for _ in range(self._depth):
            goes_right = rows[numbers, self._feature[nodes]] > self._threshold[nodes]
            nodes = self._children[2 * nodes + goes_right]
        return self._value[nodes]
