"""Tell whether a table's first record names its columns or is data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lambdas.preprocess.columns.cells import MISSING, is_number

_ROWS_LOOKED_AT = 200
_YEARS = range(1800, 2101)


def has_header(records: Sequence[list[str]]) -> bool:
    """Judge by the first record's numbers.

    Names are rarely numbers: only years, or a count from column to column. So a first record with
    another number is data, unless a word in it stands above a column of numbers. Without any
    number nothing tells them apart, and files mostly have a header.

    Parameters
    ----------
    records : sequence of list of str
        The first records of a file, at least one.
    """
    first = [cell.strip() for cell in records[0]]
    numbers = [place for place, cell in enumerate(first) if _is_decimal(cell)]
    if not numbers or (any(not cell for cell in first[1:-1]) and not _has_value(first, numbers)):
        return True
    columns = [_filled(records[1:], place) for place in range(len(first))]
    for place, cell in enumerate(first):
        if (
            cell not in MISSING
            and not is_number(cell.replace(",", "."))
            and _numeric(columns[place])
        ):
            return True
    return _names_by_counting([first[place] for place in numbers], columns, numbers)


def _is_decimal(cell: str) -> bool:
    return cell not in MISSING and is_number(cell.replace(",", "."))


def _has_value(first: list[str], numbers: list[int]) -> bool:
    """Tell whether a record with gaps is data all the same: it holds fractions."""
    return any("." in first[place] or "," in first[place] for place in numbers)


def _filled(records: Sequence[list[str]], place: int) -> list[str]:
    cells = [record[place].strip() for record in records[:_ROWS_LOOKED_AT] if place < len(record)]
    return [cell for cell in cells if cell not in MISSING]


def _numeric(cells: list[str]) -> bool:
    return bool(cells) and sum(_is_decimal(cell) for cell in cells) >= 0.9 * len(cells)


def _names_by_counting(names: list[str], columns: list[list[str]], places: list[int]) -> bool:
    """Tell years and counts above columns of other numbers, as in "country,1990,1991"."""
    if not all(name.isascii() and name.isdigit() for name in names):
        return False
    values = [int(name) for name in names]
    steps = {later - earlier for earlier, later in pairwise(values)}
    counts = len(values) > 2 and len(steps) == 1 and steps != {0}
    years = all(value in _YEARS for value in values)
    same = all(_all_years(columns[place]) for place in places)
    return counts or (years and not same)


def _all_years(cells: list[str]) -> bool:
    return bool(cells) and all(cell.isdigit() and int(cell) in _YEARS for cell in cells)
