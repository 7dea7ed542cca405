"""A batch of rows as two arrays, checked cell by cell: what the fitted pipeline takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.errors import RequestError
from training.schema import Schema


@dataclass(frozen=True)
class Table:
    """Rows to predict.

    Parameters
    ----------
    rows : int
    numeric : numpy.ndarray of float64, shape (rows, numeric features)
        Missing is NaN.
    categorical : numpy.ndarray of object, shape (rows, categorical features)
        Text; missing is NaN.
    """

    rows: int
    numeric: Any
    categorical: Any


def _number(cell: Any) -> float | None:
    """Return a cell as a float (NaN for a missing one), or None if it is no number."""
    if cell is None or cell == "":
        return math.nan
    # float() takes digits grouped by underscores, which no CSV means as a number.
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)) or "_" in str(cell):
        return None
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return None
    return None if math.isinf(number) else number


def _numeric_column(name: str, cells: Sequence[Any]) -> Any:
    numbers = [_number(cell) for cell in cells]
    if None in numbers:
        row = numbers.index(None) + 1
        raise RequestError(400, f"column '{name}', row {row}: not a finite number")
    return np.array(numbers, dtype=np.float64)


def _text(cell: Any) -> Any:
    if cell is None or cell == "":
        return math.nan
    if isinstance(cell, str):
        return cell
    # 7 can only have been written "7"; true or 7.0 could have been written in several ways.
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else None


def _categorical_column(name: str, cells: Sequence[Any]) -> Any:
    texts = [_text(cell) for cell in cells]
    if None in texts:
        row = texts.index(None) + 1
        raise RequestError(400, f"column '{name}', row {row}: must be text or null")
    return np.array(texts, dtype=object)


def build_table(schema: Schema, columns: Mapping[str, Sequence[Any]], rows: int) -> Table:
    """Check and convert columns of cells.

    Parameters
    ----------
    schema : Schema
    columns : mapping
        Cells by feature, ``rows`` of each; missing is None or an empty text.
    rows : int

    Returns
    -------
    Table

    Raises
    ------
    RequestError
        400 if there are no rows or a cell does not fit its column; names column and row.
    """
    if rows == 0:
        raise RequestError(400, "the request holds no rows")
    numeric = [_numeric_column(name, columns[name]) for name in schema.numeric]
    categorical = [_categorical_column(name, columns[name]) for name in schema.categorical]
    return Table(
        rows=rows,
        numeric=np.column_stack(numeric) if numeric else np.empty((rows, 0)),
        categorical=np.column_stack(categorical) if categorical else np.empty((rows, 0), object),
    )
