"""Whether an XGBoost file in JSON is one that its library may be given.

The library trusts what it reads: an empty file ends the process, and an index out of range would
be followed out of memory. So the parts it follows are checked before.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

# A node's entries; each tree has one of each for every node.
_OF_NODES = (
    "base_weights", "default_left", "left_children", "loss_changes", "parents", "right_children",
    "split_conditions", "split_indices", "split_type", "sum_hessian",
)  # fmt: skip
_OF_CATEGORIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
OBJECTIVES = ("binary:logistic", "multi:softprob", "reg:squarederror")


class BoosterFileError(ValueError):
    """The file is not a booster that this code writes."""


def check_booster(content: bytes) -> None:
    """Check structure and indices of a booster in JSON.

    Raises
    ------
    BoosterFileError
        If it is not JSON, lacks a part, or an index points outside.
    """
    try:
        learner = json.loads(content)["learner"]
        columns = int(learner["learner_model_param"]["num_feature"])
        classes = max(1, int(learner["learner_model_param"]["num_class"]))
        objective, booster = learner["objective"]["name"], learner["gradient_booster"]
        trees, groups = booster["model"]["trees"], booster["model"]["tree_info"]
        _require(objective in OBJECTIVES and booster["name"] == "gbtree")
        _require(len(trees) == len(groups) == int(_parameters(booster)["num_trees"]))
        _require(all(type(group) is int and 0 <= group < classes for group in groups))
        for tree in trees:
            _check_tree(tree, columns)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BoosterFileError("no booster of this code's making") from error


def _parameters(booster: dict[str, Any]) -> dict[str, Any]:
    return dict(booster["model"]["gbtree_model_param"])


def _check_tree(tree: dict[str, Any], columns: int) -> None:
    count = int(tree["tree_param"]["num_nodes"])
    _require(count > 0 and int(tree["tree_param"]["num_feature"]) == columns)
    _require(all(len(tree[name]) == count for name in _OF_NODES))
    _require(not any(tree[name] for name in _OF_CATEGORIES) and not any(tree["split_type"]))
    left, right, used = (
        np.array(tree[name]) for name in ("left_children", "right_children", "split_indices")
    )
    _require(all(array.dtype.kind == "i" for array in (left, right, used)))
    _require(bool(np.all((used >= 0) & (used < max(columns, 1)))))
    _require(bool(np.all((left == -1) == (right == -1))))
    node = np.arange(count)
    for child in (left, right):
        # A child comes after its parent, so no walk can go in circles.
        _require(bool(np.all((child == -1) | ((child > node) & (child < count)))))


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
