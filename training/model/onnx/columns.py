"""A row's columns as the numbers that estimators take: the fitted preprocessing as operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.model.curves import FURTHEST, KNOTS
from training.model.onnx.dates import date_cycles, date_parts
from training.model.onnx.graph import ML, Graph
from training.model.pipeline import encoded_owners

Inputs = Mapping[str, str]  # a column's name, and that of its value of shape (rows, 1)
AT_ONCE = 1_000  # categories, whose columns are many before they are one column's


class TextColumnsError(Exception):
    """Free text is hashed by a function that ONNX has no operator for."""


def encoded(graph: Graph, inputs: Inputs, preprocessing: Any, missing: Sequence[str]) -> str:
    """Return the encoded rows, shape (rows, encoded columns).

    Parameters
    ----------
    graph : Graph
    inputs : mapping of str
    preprocessing : sklearn.compose.ColumnTransformer
        As built by `training.model.pipeline.build_preprocessing`, and fitted.
    missing : sequence of str
        Texts that stand for "no value", beside the empty one.

    Raises
    ------
    TextColumnsError
        If there are columns of free text.
    """
    owners = np.array(encoded_owners(preprocessing))
    groups = []
    for name, steps, columns in preprocessing.transformers_:
        if len(columns) and name != "remainder":
            own = owners[preprocessing.output_indices_[name]]
            taken = {column: inputs[column] for column in columns}
            groups.append(_group(graph, _Group(name, steps.named_steps, taken, own), missing))
    return graph.add("Concat", *groups, axis=1)


class _Group(NamedTuple):
    """Columns that are encoded alike."""

    name: str
    steps: Mapping[str, Any]
    inputs: Inputs
    owners: NDArray[np.str_]  # of the encoded columns


def _group(graph: Graph, group: _Group, missing: Sequence[str]) -> str:
    name, steps = group.name, group.steps
    if name == "text":
        raise TextColumnsError
    if name in ("categorical", "ordinal", "many_categories"):
        looked_up = [_looked_up(graph, group, column, missing) for column in group.inputs]
        values = graph.add("Concat", *looked_up, axis=1)
        return _scaled(graph, values, steps) if "scale" in steps else values
    values = graph.add("Concat", *group.inputs.values(), axis=1)
    if name in ("datetime", "cycles"):
        of_dates = date_parts if name == "datetime" else date_cycles
        values = of_dates(graph, values, len(group.inputs))
    medians = steps["impute"].statistics_.reshape(1, -1)
    values = graph.add("Where", graph.add("IsNaN", values), medians, values)
    if "curves" in steps:
        values = _curves(graph, values, steps["curves"].knots_)
    return _scaled(graph, values, steps)


def _scaled(graph: Graph, values: str, steps: Mapping[str, Any]) -> str:
    scale = steps["scale"]
    centred = graph.add("Sub", values, scale.mean_.reshape(1, -1))
    return graph.add("Div", centred, scale.scale_.reshape(1, -1))


def _curves(graph: Graph, values: str, knots: NDArray[np.float64]) -> str:
    """Do as `training.model.curves.Curves.transform` does."""
    first, width = knots[0], knots[-1] - knots[0]
    scaled = graph.add("Div", graph.add("Sub", values, first[None]), width[None])
    scaled = graph.add("Min", graph.add("Max", scaled, float(-FURTHEST)), float(FURTHEST))
    places = ((knots - first) / width).T
    beyond = graph.add("Sub", graph.add("Unsqueeze", scaled, [2]), places[None])
    beyond = graph.add("Max", beyond, 0.0)
    cubes = graph.add("Mul", graph.add("Mul", beyond, beyond), beyond)
    inner, last = range(KNOTS - 1), [KNOTS - 1]
    bends = graph.add("Sub", graph.columns(cubes, inner, 2), graph.columns(cubes, last, 2))
    bends = graph.add("Div", bends, (1 - places[:, :-1])[None])
    straight = graph.columns(bends, [KNOTS - 2], 2)
    bends = graph.add("Sub", graph.columns(bends, range(KNOTS - 2), 2), straight)
    return graph.add("Reshape", bends, [-1, len(places) * (KNOTS - 2)])


def _looked_up(graph: Graph, group: _Group, column: str, missing: Sequence[str]) -> str:
    """Look a column up in a table of what the fitted steps make of its categories."""
    known = group.steps["encode"].categories_[list(group.inputs).index(column)].tolist()
    unknown = "?" * (1 + max(map(len, known)))
    texts = [*known, *missing, "", unknown]
    nothing = group.steps["impute"].statistics_[list(group.inputs).index(column)]
    cells = [*known, *([nothing] * (len(missing) + 1)), unknown]
    # Rare categories are as unknown ones: they need no place of their own.
    table, rows = np.unique(_table(group, column, cells), axis=0, return_inverse=True)
    places = dict(zip(texts, np.ravel(rows).tolist(), strict=True))
    default = places[unknown]
    kept = {text: row for text, row in places.items() if row != default} or {"": default}
    row = graph.add(
        "LabelEncoder",
        group.inputs[column],
        domain=ML,
        keys_strings=list(kept),
        values_int64s=list(kept.values()),
        default_int64=default,
    )
    return graph.add("Gather", table, graph.add("Squeeze", row, [1]), axis=0)


def _table(group: _Group, column: str, cells: Sequence[Any]) -> NDArray[np.float64]:
    """Return what a column's cells become, shape (cells, the column's encoded columns)."""
    place, own = list(group.inputs).index(column), group.owners == column
    found = []
    for start in range(0, len(cells), AT_ONCE):
        some = cells[start : start + AT_ONCE]
        rows = np.tile(group.steps["impute"].statistics_.astype(object), (len(some), 1))
        rows[:, place] = some
        found.append(np.asarray(group.steps["encode"].transform(rows), np.float64)[:, own])
    return np.concatenate(found)
