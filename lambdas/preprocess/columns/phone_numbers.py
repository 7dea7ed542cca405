"""Phone numbers and the like: digits that are a name, though none need begin with a zero."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lambdas.preprocess.engine import literal

# Digits of an international number (ITU-T E.164); with few, only the column's name can tell.
_FEWEST_DIGITS, _FEWEST_NAMED, _MOST_DIGITS = 10, 7, 15
_NEARLY_ALL, _MOSTLY = 0.9, 0.5
_WRITTEN = "[+(]?[0-9][0-9 ()./-]*"
_MARKED = r"(?:\+|\([0-9]{2,5}\) *[0-9]).*"
_NAMES = re.compile(
    r"(?i)phone|tel[eé]fono|telefon|(?:^|[^a-z])(?:tel|fax|cel|m[oó]vil|mobile|celular)(?:[^a-z]|$)"
)
# Seconds and milliseconds since 1970 have as many digits in each row, too.
_TIMES = {10: ("0900000000", "2200000000"), 13: ("0900000000000", "2200000000000")}


class PhoneFigures(NamedTuple):
    """What the cells of a column show.

    Parameters
    ----------
    named, written, marked : int
        Cells of as many digits as a phone number has in a column so called or in any; and those of
        the latter that begin with a plus or a number in brackets.
    digits : int
        Cells of digits alone.
    shortest, longest : int
        Signs of a cell.
    least, most : str
        The first and the last cell in alphabetical order.
    """

    named: int
    written: int
    marked: int
    digits: int
    shortest: int
    longest: int
    least: str
    most: str

    @classmethod
    def of(cls, cells: Sequence[str]) -> PhoneFigures:
        """Return the figures of some cells."""
        found = [cell for cell in cells if re.fullmatch(_WRITTEN, cell)]
        written = [cell for cell in found if _has_digits(cell, _FEWEST_DIGITS)]
        return cls(
            named=sum(_has_digits(cell, _FEWEST_NAMED) for cell in found),
            written=len(written),
            marked=sum(re.fullmatch(_MARKED, cell) is not None for cell in written),
            digits=sum(cell.isdecimal() for cell in cells),
            shortest=min(map(len, cells)),
            longest=max(map(len, cells)),
            least=min(cells),
            most=max(cells),
        )


def _has_digits(cell: str, fewest: int) -> bool:
    return fewest <= len(re.sub("[^0-9]", "", cell)) <= _MOST_DIGITS


def phone_figures(column: str) -> str:
    """Return the SQL of a column's `PhoneFigures`, a struct."""
    digits = f"length(regexp_replace({column}, '[^0-9]', '', 'g'))"
    fits = f"regexp_full_match({column}, {literal(_WRITTEN)}) AND {digits}"
    written = f"{fits} BETWEEN {_FEWEST_DIGITS} AND {_MOST_DIGITS}"
    return (
        f"{{named: count_if({fits} BETWEEN {_FEWEST_NAMED} AND {_MOST_DIGITS}), "
        f"written: count_if({written}), "
        f"marked: count_if({written} AND regexp_full_match({column}, {literal(_MARKED)})), "
        f"digits: count_if(regexp_full_match({column}, '[0-9]+')), "
        f"shortest: min(length({column})), longest: max(length({column})), "
        f"least: min({column}), most: max({column})}}"
    )


def are_phones(found: PhoneFigures, filled: int, name: str) -> bool:
    """Tell whether a column holds phone numbers, or numbers as long of something else."""
    if _NAMES.search(name) and found.named >= _NEARLY_ALL * filled:
        return True
    if found.written < _NEARLY_ALL * filled:
        return False
    if found.marked >= _MOSTLY * filled:
        return True
    is_fixed = found.digits == filled and found.shortest == found.longest
    earliest, latest = _TIMES.get(found.longest, ("", ""))
    return is_fixed and not earliest <= found.least <= found.most <= latest


def mostly_phones(found: PhoneFigures, filled: int, name: str) -> bool:
    """Tell phone numbers from measurements in a column of texts that none could compute with."""
    return are_phones(found, filled, name) or found.written >= _NEARLY_ALL * filled
