"""A line below the names that tells what they mean: units, or the names in full."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from lambdas.preprocess.columns.cells import MISSING, is_number
from lambdas.preprocess.columns.number_words import all_known
from training.written_numbers import folded, parts

_ROWS_LOOKED_AT = 200
_FEWEST_ROWS = 3
_NEARLY_ALL = 0.9
_RULE = re.compile(":?-{2,}:?")  # as in Markdown


def is_second_header(records: Sequence[list[str]]) -> bool:
    """Tell whether the record below the header describes the columns rather than being a row.

    It has words where all other rows have numbers, at least two, or one and nothing else; and no
    text of it stands in another row. Words for "no value" make it a row.

    Parameters
    ----------
    records : sequence of list of str
        The header and the first records below it.
    """
    if len(records) < 2 + _FEWEST_ROWS or len(records[1]) != len(records[0]):
        return False
    second = [cell.strip() for cell in records[1]]
    return _is_rule(second) or _describes(second, records[2 : 2 + _ROWS_LOOKED_AT])


def _is_rule(cells: Sequence[str]) -> bool:
    filled = list(filter(None, cells))
    return bool(filled) and all(map(_RULE.fullmatch, filled))


def _describes(second: Sequence[str], records: Sequence[list[str]]) -> bool:
    below = [row for row in records if len(row) == len(second)]
    columns = [[cell.strip() for cell in column] for column in zip(*below, strict=True)]
    found = Counter(map(_kind, second, columns))
    return not found["row"] and (found["words"] > 1 or (found["words"] == 1 and not found["text"]))


def _kind(cell: str, column: Sequence[str]) -> str:
    """Tell what a cell is beside those below it: words where there are numbers, or a row's cell."""
    filled = [each for each in column if each not in MISSING]
    if not cell or (cell == "-" and cell not in filled):
        return "nothing"
    if _are_numbers(filled):
        is_row = parts(cell) or cell in MISSING or all_known([folded(cell)])
        return "row" if is_row else "words"
    if cell in filled:
        return "row"
    return "text" if filled and not cell.startswith(("(", "[")) else "nothing"


def _are_numbers(cells: Sequence[str]) -> bool:
    numbers = sum(is_number(cell.replace(",", ".")) for cell in cells)
    return len(cells) >= _FEWEST_ROWS and numbers >= _NEARLY_ALL * len(cells)
