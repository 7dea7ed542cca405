"""Trees as one operator, from the same nodes that the endpoint walks through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from training.model.onnx.graph import ML, Graph
from training.serve.tree_walk import Nodes

LESS_OR_EQUAL, LESS = 0, 1  # as scikit-learn compares, and as XGBoost does
_SUM, _NO_CHANGE = 1, 0  # of ai.onnx.ml's TreeEnsemble
# Of four million, the file has 66 MB, and writing it takes 1 GB of memory.
MOST_NODES = 10_000_000


class TooManyNodesError(Exception):
    """The trees have more than `MOST_NODES` nodes."""


def sum_of_trees(
    graph: Graph, values: str, trees: Sequence[Nodes], targets: Sequence[int], compared: int
) -> str:
    """Add trees and return their sums, shape (rows, targets).

    Parameters
    ----------
    values : str
        Shape (rows, columns), in double precision.
    trees : sequence of Nodes
        With one value a node.
    targets : sequence of int
        Which sum each tree adds to.
    compared : int
        ``LESS_OR_EQUAL`` or ``LESS``: what a value has to be to go left.

    Raises
    ------
    TooManyNodesError
        If there are more than `MOST_NODES`.
    """
    from onnx import numpy_helper

    counts = np.array([len(tree.left) for tree in trees])
    if counts.sum() > MOST_NODES:
        raise TooManyNodesError
    roots = np.cumsum(counts) - counts
    shift = np.repeat(roots, counts)
    left, right = (
        np.concatenate([getattr(tree, side) for tree in trees]) + shift
        for side in ("left", "right")
    )
    is_leaf = left == np.arange(len(left))
    inner = np.flatnonzero(~is_leaf)
    # A node's place among its own kind.
    place = np.where(is_leaf, np.cumsum(is_leaf), np.cumsum(~is_leaf)) - 1
    lone = roots[is_leaf[roots]]  # trees without a split; they get one whose sides are the same
    starts = place[roots]
    starts[is_leaf[roots]] = len(inner) + np.arange(len(lone))
    left, right = (np.concatenate([side[inner], lone]) for side in (left, right))
    features, splits, leaves = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("feature", "threshold", "value")
    )
    none = np.zeros(len(lone))
    modes = np.full(len(left), compared, dtype=np.uint8)
    return graph.add(
        "TreeEnsemble",
        values,
        domain=ML,
        n_targets=max(targets) + 1,
        aggregate_function=_SUM,
        post_transform=_NO_CHANGE,
        tree_roots=starts.tolist(),
        nodes_featureids=np.concatenate([features[inner], none]).astype(np.int64).tolist(),
        nodes_splits=numpy_helper.from_array(
            np.concatenate([splits[inner], none]).astype(np.float64)
        ),
        nodes_modes=numpy_helper.from_array(modes),
        nodes_truenodeids=place[left].tolist(),
        nodes_trueleafs=is_leaf[left].astype(int).tolist(),
        nodes_falsenodeids=place[right].tolist(),
        nodes_falseleafs=is_leaf[right].astype(int).tolist(),
        leaf_targetids=np.repeat(targets, counts)[is_leaf].tolist(),
        leaf_weights=numpy_helper.from_array(np.ravel(leaves)[is_leaf].astype(np.float64)),
    )


class Booster(NamedTuple):
    """What an XGBoost model adds up.

    Attributes
    ----------
    trees : list of Nodes
    targets : list of int
        Which output each tree adds to.
    start : numpy.ndarray, shape (outputs,)
        What the trees are added to, in log-odds for classes.
    """

    trees: list[Nodes]
    targets: list[int]
    start: NDArray[np.float64]


def of_booster(booster: Any) -> Booster:
    """Read an XGBoost model."""
    learner = json.loads(booster.save_raw("json"))["learner"]
    start = np.ravel(json.loads(learner["learner_model_param"]["base_score"])).astype(np.float64)
    if learner["objective"]["name"] == "binary:logistic":
        start = np.asarray(logit(start))
    model = learner["gradient_booster"]["model"]
    return Booster([_of_xgboost(tree) for tree in model["trees"]], model["tree_info"], start)


def _of_xgboost(tree: dict[str, Any]) -> Nodes:
    left, right = (np.array(tree[name]) for name in ("left_children", "right_children"))
    own, is_leaf = np.arange(len(left)), left < 0
    # One list has the splits' thresholds and the leaves' values, all of single precision.
    numbers = np.array(tree["split_conditions"], np.float32).astype(np.float64)
    return Nodes(
        left=np.where(is_leaf, own, left),
        right=np.where(is_leaf, own, right),
        feature=np.array(tree["split_indices"]),
        threshold=numbers,
        value=numbers,
        depth=0,  # not needed here
    )
