"""Exact Shapley values of fitted trees: how much each column adds to the output for a row.

The output for a set of known columns is that of TreeSHAP (Lundberg et al., Nature Machine
Intelligence 2, 2020, "path-dependent"): at a split on an unknown column, both sides count by their
shares of the training rows. A leaf is then a product over the columns of its path: for a known one,
of 1 or 0 (whether the row fits), for an unknown one, of the share. The Shapley values of a product
are integrals over t of polynomials, products of ``t * fits + (1 - t) * share``, which Gauss and
Legendre's quadrature gives exactly, with half as many points as the path has columns. So all leaves
and rows are two multiplications of matrices, where the known algorithms walk through each tree for
each row, far too slow in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.serve.tree_walk import Nodes

Numbers = NDArray[np.float64]
Positions = NDArray[np.intp]
_CELLS = 2_000_000  # rows x leaves x columns of their paths in memory at a time


class TreeShapley:
    """Shapley values of a sum of trees.

    Parameters
    ----------
    trees : sequence of Nodes
    covers : sequence of numpy.ndarray
        Of each tree, the weight of the training rows that reach each node.
    columns : int
        How many the rows have.

    Attributes
    ----------
    base : numpy.ndarray, shape (outputs,)
        The sum where no column is known.
    """

    def __init__(
        self, trees: Sequence[Nodes], covers: Sequence[NDArray[Any]], columns: int
    ) -> None:
        paths, values = _paths(trees, np.concatenate(covers).astype(np.float64))
        self._columns = columns
        shares = np.ones(len(values))
        np.multiply.at(shares, paths.leaf, paths.share)
        self.base: Numbers = shares @ values
        self._groups = list(_by_length(paths, values))

    def contributions(self, rows: NDArray[np.floating]) -> Numbers:
        """Return what each column adds, of shape (rows, columns, outputs).

        ``rows`` has no missing values, and the type that the trees compare in.
        """
        totals = np.zeros((self._columns * len(self.base), len(rows)))
        for group in self._groups:
            group.add(rows, totals)
        return np.moveaxis(totals.reshape(self._columns, len(self.base), len(rows)), 2, 0)


class _Paths(NamedTuple):
    """Columns that are split on above leaves; several splits on one column are one.

    Attributes
    ----------
    leaf, column : numpy.ndarray of int
        Sorted by them.
    low, high : numpy.ndarray
        A row fits if its number is above ``low`` and at most ``high``.
    share : numpy.ndarray
        Of the training rows at the splits, those that fit; of several splits, the product.
    """

    leaf: Positions
    column: Positions
    low: Numbers
    high: Numbers
    share: Numbers

    def only(self, at: Any) -> _Paths:
        """Return some of them, by positions, a mask or a slice."""
        return _Paths(*(array[at] for array in self))


def _paths(trees: Sequence[Nodes], cover: Numbers) -> tuple[_Paths, Numbers]:
    """Return the paths to all leaves, and the leaves' values of shape (leaves, outputs)."""
    counts = np.array([len(tree.left) for tree in trees])
    shift = np.repeat(np.cumsum(counts) - counts, counts)
    left, right, feature, threshold, value = (
        np.concatenate(arrays) for arrays in list(zip(*trees, strict=True))[:-1]
    )
    own, left, right = np.arange(len(shift)), left + shift, right + shift
    splits = own[left != own]
    parent = np.full(len(own), -1)
    parent[left[splits]] = parent[right[splits]] = splits
    leaves = own[left == own]
    leaf, node = np.arange(len(leaves)), leaves
    found = []
    while len(leaf):  # a level nearer to the roots each time
        above = parent[node]
        leaf, node, above = leaf[above >= 0], node[above >= 0], above[above >= 0]
        is_right, at = right[above] == node, threshold[above].astype(np.float64)
        low, high = np.where(is_right, at, -np.inf), np.where(is_right, np.inf, at)
        found.append(_Paths(leaf, feature[above], low, high, cover[node] / cover[above]))
        node = above
    together = _Paths(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
    return _merged(together), value[leaves].reshape(len(leaves), -1)


def _merged(paths: _Paths) -> _Paths:
    order = np.lexsort((paths.column, paths.leaf))
    leaf, column = paths.leaf[order], paths.column[order]
    is_first = np.ones(len(leaf), dtype=bool)
    is_first[1:] = (np.diff(leaf) != 0) | (np.diff(column) != 0)
    first = np.flatnonzero(is_first)
    return _Paths(
        leaf[first],
        column[first],
        np.maximum.reduceat(paths.low[order], first),
        np.minimum.reduceat(paths.high[order], first),
        np.multiply.reduceat(paths.share[order], first),
    )


def _by_length(paths: _Paths, values: Numbers) -> Iterator[_Leaves]:
    lengths = np.bincount(paths.leaf, minlength=len(values))
    for length in np.unique(lengths[lengths > 0]):
        at = np.flatnonzero(lengths[paths.leaf] == length).reshape(-1, length)
        same = paths.only(at)
        yield _Leaves(same, values[same.leaf[:, 0]])


class _Leaves:
    """Leaves whose paths have the same number of columns; arrays of shape (leaves, columns)."""

    def __init__(self, paths: _Paths, values: Numbers) -> None:
        self._paths, self._values = paths, values
        self._length = paths.share.shape[1]
        points, weights = np.polynomial.legendre.leggauss((self._length + 1) // 2)
        self._points, self._weights = (points + 1) / 2, weights / 2

    def add(self, rows: NDArray[np.floating], totals: Numbers) -> None:
        """Add the contributions of shape (columns x outputs, rows)."""
        step = max(1, _CELLS // (max(len(rows), len(self._points)) * self._length))
        for first in range(0, len(self._values), step):
            at = slice(first, first + step)
            paths = self._paths.only(at)
            found = np.moveaxis(self._contributions(rows, paths), 1, 2).reshape(-1, len(rows))
            totals += _onto_columns(paths.column, self._values[at], len(totals)) @ found

    def _contributions(self, rows: NDArray[np.floating], paths: _Paths) -> Numbers:
        """Return contributions to leaves of value 1, of shape (leaves, rows, columns)."""
        numbers = np.moveaxis(rows[:, paths.column], 0, 1)
        fits = (numbers > paths.low[:, None]) & (numbers <= paths.high[:, None])
        points, share = self._points, paths.share[:, :, None]
        if_missed, if_fit = (1 - points) * share, points + (1 - points) * share
        more, least = np.log(if_fit / if_missed), np.log(if_missed).sum(axis=1)
        product = np.exp(fits.astype(np.float64) @ more + least[:, None])
        of_fitting = product @ np.moveaxis(self._weights * (1 - share) / if_fit, 1, 2)
        of_missing = product @ (-self._weights / (1 - points))
        return np.asarray(np.where(fits, of_fitting, of_missing[:, :, None]))


def _onto_columns(column: Positions, values: Numbers, size: int) -> csr_array:
    """Return the matrix that multiplies contributions by values and sums them by column."""
    leaves, length = column.shape
    outputs = values.shape[1]
    places = column.reshape(-1, 1) * outputs + np.arange(outputs)
    entries = np.repeat(np.arange(leaves * length), outputs)
    return csr_array(
        (np.repeat(values, length, axis=0).ravel(), (places.ravel(), entries)),
        (size, leaves * length),
    )
