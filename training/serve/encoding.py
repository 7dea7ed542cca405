"""The fitted preprocessing, group by group, without the checks that each row would pay for.

Names and types are checked already. Tests hold every number against the fitted steps' own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.schema import Schema
from training.serve.table import Table

Numbers = NDArray[np.float64]
Encode = Callable[[Table], Numbers]
# A column of more categories is encoded by the fitted steps: its table would be large.
MOST_CATEGORIES = 1_000


def encoder(name: str, fitted: Any, columns: list[str], schema: Schema) -> Encode:
    """Return what encodes a group of columns.

    Parameters
    ----------
    name : str
        The group's: see ``training.model.pipeline.build_preprocessing``.
    fitted : sklearn.pipeline.Pipeline
    columns : list of str
    schema : Schema
    """
    if name in ("numeric", "curves"):
        positions = [schema.numeric.index(column) for column in columns]
        numbers = _of_numbers(fitted)
        if len(positions) == len(schema.numeric):
            return lambda table: numbers(table.numeric)
        return lambda table: numbers(table.numeric[:, positions])
    for _, step in fitted.steps:
        vars(step).pop("feature_names_in_", None)
    positions = [schema.written.index(column) for column in columns]
    texts = fitted.transform
    categories = getattr(fitted.named_steps.get("encode"), "categories_", None)
    if categories is not None and max(map(len, categories)) <= MOST_CATEGORIES:
        texts = Categories(fitted, categories).transform
    return lambda table: np.asarray(texts(table.written[:, positions]))


def _of_numbers(fitted: Any) -> Callable[[Numbers], Numbers]:
    median = fitted.named_steps["impute"].statistics_
    scale = fitted.named_steps["scale"]
    curves = fitted.named_steps.get("curves")

    def transform(values: Numbers) -> Numbers:
        filled = np.where(np.isnan(values), median, values)
        bent = filled if curves is None else curves.transform(filled)
        return np.asarray((bent - scale.mean_) / scale.scale_)

    return transform


class Categories:
    """Categories looked up in tables: the fitted steps are asked once for each, not for each row.

    Parameters
    ----------
    fitted : sklearn.pipeline.Pipeline
        Takes texts of shape (rows, columns); what it makes of a cell depends on this cell alone.
    categories : list of numpy.ndarray
        Of each column, those that it was fitted on.
    """

    def __init__(self, fitted: Any, categories: list[NDArray[np.object_]]) -> None:
        missing = np.full((1, len(categories)), np.nan, dtype=object)
        self._missing = np.asarray(fitted.transform(missing), np.float64)[0]
        self._columns = [
            self._column(fitted, missing, place, known) for place, known in enumerate(categories)
        ]

    def _column(
        self, fitted: Any, missing: NDArray[np.object_], place: int, known: NDArray[np.object_]
    ) -> tuple[dict[Any, int], NDArray[np.intp], Numbers]:
        """Return where each category is in the column's table, what it fills, and the table."""
        texts = [*known, np.nan, "".join(map(str, known)) + "?"]  # the last one is none of them
        cells = np.repeat(missing, len(texts), axis=0)
        cells[:, place] = texts
        encoded = np.asarray(fitted.transform(cells), np.float64)
        filled = np.flatnonzero((encoded != self._missing).any(axis=0))
        return dict(zip(known.tolist(), range(len(known)), strict=True)), filled, encoded[:, filled]

    def transform(self, cells: NDArray[np.object_]) -> Numbers:
        """Return numbers of shape (rows, encoded columns)."""
        found = np.repeat(self._missing[None, :], len(cells), axis=0)
        for column, (places, filled, table) in zip(cells.T, self._columns, strict=True):
            unknown = len(table) - 1
            # Missing is NaN, which equals nothing.
            rows = [
                places.get(cell, unknown) if cell == cell else unknown - 1  # noqa: PLR0124
                for cell in column.tolist()
            ]
            found[:, filled] = table[rows]
        return found
