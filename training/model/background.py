"""What answers are explained against: rows whose cells were drawn column by column.

No two cells of a row come from one row of the training file but by chance. Texts are left out, and
categories that few rows have: they stand for a missing value here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import UntrustedModelError
from training.model.pipeline import MINIMUM_CATEGORY_COUNT
from training.schema import Schema

ROWS = 16


def draw_background(schema: Schema, features: pd.DataFrame, seed: int) -> dict[str, list[Any]]:
    """Draw each column's cells evenly over its values, as often as they occur.

    Parameters
    ----------
    schema : Schema
    features : pandas.DataFrame
        All rows that the model is fitted on.
    seed : int
        Of each column's order, that they are independent.

    Returns
    -------
    dict
        By column, ``ROWS`` cells; None is missing.
    """
    generator = np.random.default_rng(seed)
    return {
        name: [_cell(cell) for cell in generator.permutation(_spread(features[name], kind))]
        for name, kind in schema.features
    }


def _spread(column: pd.Series[Any], kind: str) -> NDArray[np.object_]:
    known = column.dropna()
    if kind == "text":
        known = known[:0]
    elif kind == "categorical":
        known = known[known.map(known.value_counts()) >= MINIMUM_CATEGORY_COUNT]
    cells = np.full(len(column), None, dtype=object)
    cells[: len(known)] = known.sort_values()
    middles = (np.arange(ROWS) + 0.5) * len(cells) / ROWS
    return np.asarray(cells[middles.astype(int)])


def _cell(cell: Any) -> Any:
    return float(cell) if isinstance(cell, float) else cell


def read_background(schema: Schema, found: Any) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Read what `draw_background` returned.

    Returns
    -------
    numeric : numpy.ndarray, shape (ROWS, numeric features)
    written : numpy.ndarray, shape (ROWS, features of all other types)

    Raises
    ------
    UntrustedModelError
        If it is anything else.
    """
    numeric = np.empty((ROWS, len(schema.numeric)))
    written = np.empty((ROWS, len(schema.written)), dtype=object)
    try:
        for index, name in enumerate(schema.numeric):
            numeric[:, index] = found[name]
        for index, name in enumerate(schema.written):
            written[:, index] = [_text(cell) for cell in found[name]]
    except (KeyError, TypeError, ValueError) as error:
        raise UntrustedModelError("model.json was refused: its background is damaged") from error
    return numeric, written


def _text(cell: Any) -> str | float:
    if cell is not None and not isinstance(cell, str):
        raise TypeError
    return np.nan if cell is None else cell
