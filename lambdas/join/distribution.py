"""How often each class was predicted, or how the predicted numbers are spread."""

# ruff: noqa: S608 - statements hold constants and numbers only

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import duckdb

from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.engine import one
from lambdas.shared.documents.contents import Distribution

_ROUNDED = 5e-6  # profile.json has six significant digits


def distribution(
    connection: duckdb.DuckDBPyConnection,
    is_number: bool,
    edges: Sequence[float],
    quantiles: Sequence[float] = (),
) -> Distribution:
    """Count the predictions as the profile counts the target of the training file.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``answers``, whose first column is the prediction.
    is_number : bool
        Whether numbers are predicted, not classes.
    edges : sequence of float
        Of the bins of the target's histogram in the model's ``profile.json``.
    quantiles : sequence of float
        Ends of the target's bins there, in which the model's answers to its test rows were counted.
    """
    if not is_number:
        found = connection.execute("SELECT a0, count(*) FROM answers GROUP BY a0 ORDER BY a0")
        return {"classes": dict(found.fetchall())}
    (mean,) = one(connection, f"SELECT avg({number('a0')}) FROM answers")
    counted: Distribution = {"mean": mean}
    # Large numbers that hardly differ are equal once they are rounded.
    if len(edges) > 1 and all(low < high for low, high in pairwise(edges)):
        counted["histogram"] = _histogram(connection, edges)
    if quantiles:
        counted["bins"] = {"edges": [*quantiles], "counts": _in_bins(connection, quantiles)}
    return counted


def _in_bins(connection: duckdb.DuckDBPyConnection, ends: Sequence[float]) -> list[int]:
    bounds = [*ends, math.inf]
    query = f"SELECT histogram({number('a0')}, ?) FROM answers"
    (counts,) = connection.execute(query, [bounds]).fetchone() or (None,)
    return [(counts or {}).get(bound, 0) for bound in bounds]


def _histogram(connection: duckdb.DuckDBPyConnection, edges: Sequence[float]) -> dict[str, Any]:
    low, high = edges[0] - _ROUNDED * abs(edges[0]), edges[-1] + _ROUNDED * abs(edges[-1])
    bounds = [*edges[1:-1], high]
    value, ends = number("a0"), [format(end, ".17e") for end in (low, high)]
    below, above, counts = one(
        connection,
        f"SELECT count_if({value} < {ends[0]}), count_if({value} > {ends[1]}), "
        f"histogram({value}, [{', '.join(format(bound, '.17e') for bound in bounds)}]) "
        f"FILTER ({value} BETWEEN {ends[0]} AND {ends[1]}) FROM answers",
    )
    filled = [(counts or {}).get(bound, 0) for bound in bounds]
    return {"edges": list(edges), "counts": filled, "below": below, "above": above}
