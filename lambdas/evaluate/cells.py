"""Cells of a sample's columns as numbers, and how one of them compares with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.rows import Row, cells_of

Numbers = NDArray[np.float64]
_POINTS = 10
_MOST_CATEGORIES = 8
_FEWEST_OF_CATEGORY = 5  # in the sample; rarer ones may point at persons


def columns_of(rows: Sequence[Row]) -> list[list[str]]:
    """Return the cells column by column."""
    return [list(column) for column in zip(*(cells_of(row.sent) for row in rows), strict=True)]


def numbers_of(cells: Sequence[str]) -> Numbers | None:
    """Return cells as numbers, NaN where they are empty; None if any is not a number."""
    try:
        numbers = np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None
    return None if np.isnan(numbers).all() else numbers


def levels(cells: Sequence[str], among: Sequence[str]) -> list[float | None]:
    """Compare cells with a sample's: of the numbers that differ, the share that is below.

    Parameters
    ----------
    cells : sequence of str
    among : sequence of str
        The sample's cells of the same column.

    Returns
    -------
    list of float or None
        0 for the lowest and 1 for the highest number; None where there is nothing to compare.
    """
    own, others = numbers_of(cells), numbers_of(among)
    if own is None or others is None:
        return [None] * len(cells)
    known = np.sort(others[~np.isnan(others)])
    below = np.searchsorted(known, own, side="left")
    differing = below + len(known) - np.searchsorted(known, own, side="right")
    return [
        None if np.isnan(value) or not count else round(float(lower / count), 3)
        for value, lower, count in zip(own, below, differing, strict=True)
    ]


def grid(cells: Sequence[str]) -> list[str]:
    """Return cells to put into every row: numbers spread over the column, or frequent categories.

    Empty where neither says much, as of texts.
    """
    numbers = numbers_of(cells)
    if numbers is None or len(set(cells)) <= _MOST_CATEGORIES:
        counts = Counter(cell for cell in cells if cell).most_common(_MOST_CATEGORIES)
        found = [cell for cell, count in counts if count >= _FEWEST_OF_CATEGORY]
        return found if numbers is None else sorted(found, key=float)
    places = np.argsort(numbers, kind="stable")[: np.count_nonzero(~np.isnan(numbers))]
    # Neither the lowest nor the highest ones: there the model has seen hardly any rows.
    wanted = np.linspace(0.05, 0.95, _POINTS) * (len(places) - 1)
    taken = {float(numbers[place]): cells[place] for place in places[wanted.round().astype(int)]}
    return list(taken.values())
