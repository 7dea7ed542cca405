"""Cells as finite numbers: whole blocks at once, and cell by cell only to say where one is not."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = {str, float, int, NoneType}


def to_numbers(cells: Sequence[Any]) -> NDArray[np.float64] | None:
    """Convert cells; None or an empty text is missing, which becomes NaN.

    Returns
    -------
    numpy.ndarray, shape (cells,), or None
        None if any cell is neither missing nor a finite number (or "nan").
    """
    kinds = set(map(type, cells))
    # float() takes digits grouped by underscores, which no CSV means as a number.
    if not kinds <= _KINDS or (
        str in kinds and "_" in "".join(cell for cell in cells if type(cell) is str)
    ):
        return None
    try:
        numbers = np.array(_floats(cells), dtype=np.float64)
    except (ValueError, OverflowError):
        return None
    return None if np.isinf(numbers).any() else numbers


def _floats(cells: Sequence[Any]) -> list[float]:
    try:
        return list(map(float, cells))
    except (ValueError, TypeError):  # a missing cell among them, perhaps
        return [math.nan if cell is None or cell == "" else float(cell) for cell in cells]


def first_that_is_none(cells: Sequence[Any]) -> int:
    """Return the row, from 1, of the first cell that is not a number; there must be one.

    By halves: converting cells one by one takes a hundred times as long as all at once.
    """
    low, high = 0, len(cells)  # those before low are numbers, those from low to high are not all
    while high - low > 1:
        middle = (low + high) // 2
        if to_numbers(cells[low:middle]) is None:
            high = middle
        else:
            low = middle
    return high


def lines_to_numbers(text: str, columns: int) -> NDArray[np.float64] | None:
    """Read lines of nothing but numbers and commas.

    Returns
    -------
    numpy.ndarray, shape (rows, columns), or None
        None if the text holds anything else (quotes, words, lines of another length, infinities),
        which is then to be read with more care. Missing is NaN; the bits are those of ``float()``.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if columns < 2 or not text.strip() or any(sign in text for sign in '"_\r'):
        return None
    # To look for empty fields costs half as much as reading, and most bodies have none.
    numbers = _loaded(text)
    if numbers is None:
        numbers = _loaded(_with_nan(text))
    if numbers is None or numbers.shape[1] != columns or np.isinf(numbers).any():
        return None
    return numbers


def _loaded(text: str) -> NDArray[np.float64] | None:
    try:
        return np.loadtxt(
            io.StringIO(text), delimiter=",", comments=None, ndmin=2, dtype=np.float64
        )
    except ValueError:
        return None


def _with_nan(text: str) -> str:
    """Write "nan" into empty fields."""
    if ",," in text:
        text = text.replace(",,", ",nan,").replace(",,", ",nan,")
    if ",\n" in text:
        text = text.replace(",\n", ",nan\n")
    if "\n," in text:
        text = text.replace("\n,", "\nnan,")
    return ("nan" if text.startswith(",") else "") + text + ("nan" if text.endswith(",") else "")
