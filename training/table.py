"""A batch of rows as two arrays, checked cell by cell: what the fitted pipeline takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
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
    written : numpy.ndarray of object, shape (rows, features of all other types)
        Text; missing is NaN.
    """

    rows: int
    numeric: Any
    written: Any


def _numbers(cells: Sequence[Any]) -> Any:
    """Convert a whole column at once; None if any cell is not a finite number or missing."""
    kinds = set(map(type, cells))
    # float() takes digits grouped by underscores, which no CSV means as a number.
    if not kinds <= {str, float, int, NoneType} or (
        str in kinds and "_" in "".join(cell for cell in cells if type(cell) is str)
    ):
        return None
    try:
        numbers = [math.nan if cell is None or cell == "" else float(cell) for cell in cells]
    except (ValueError, OverflowError):
        return None
    column = np.array(numbers, dtype=np.float64)
    return None if np.isinf(column).any() else column


def _is_number(cell: Any) -> bool:
    """Whether a cell is a finite number, or missing."""
    return _numbers([cell]) is not None


def _numeric_column(name: str, cells: Sequence[Any]) -> Any:
    column = _numbers(cells)
    if column is None:
        row = next(row for row, cell in enumerate(cells, start=1) if not _is_number(cell))
        raise RequestError(400, f"column '{name}', row {row}: not a finite number")
    return column


def _text(cell: Any) -> Any:
    if cell is None or cell == "":
        return math.nan
    if isinstance(cell, str):
        return cell
    # 7 can only have been written "7"; true or 7.0 could have been written in several ways.
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else None


def _written_column(name: str, cells: Sequence[Any]) -> Any:
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
    written = [_written_column(name, columns[name]) for name in schema.written]
    return Table(
        rows=rows,
        numeric=np.column_stack(numeric) if numeric else np.empty((rows, 0)),
        written=np.column_stack(written) if written else np.empty((rows, 0), object),
    )
