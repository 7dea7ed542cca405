"""What the first rows show of each column, so that a file is read once, and rightly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from lambdas.preprocess.columns.cells import is_number
from lambdas.preprocess.columns.phone_numbers import PhoneFigures, are_phones
from lambdas.preprocess.read.reader import Reader
from training.written_numbers import AMBIGUOUS, BLANK, ENDS_IN_COMMA_DECIMALS, parts

_SAMPLED_CELLS = 50_000
_FEWEST_SAMPLED_ROWS = 20
_MOST_SAMPLED_ROWS = 2_000
_CELLS_LOOKED_AT = 50
_MOSTLY = 0.5
COMPACT_DATE = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_GROUPED = re.compile(f"[-+]?(?:{AMBIGUOUS}|[0-9]{{1,3}})")
_OPEN, _COMMA = re.compile(f"[-+]?{AMBIGUOUS}"), re.compile(f"[-+]?{ENDS_IN_COMMA_DECIMALS}")


@dataclass
class Sample:
    """What the first rows show of each column.

    Parameters
    ----------
    numbers : set of int
        Positions where every filled cell is a number, also if none is filled.
    filled : set of int
        Positions with a filled cell.
    doubtful : set of int
        Positions among the numbers that DuckDB can't convert by itself: "missing" is spelled there
        with blanks around it.
    codes : set of int
        Positions where all is digits that are a name: some begin with a zero (00501 is not 501), or
        they are phone numbers.
    dates : set of int
        Positions where all is eight digits that are a day of 1900 to 2099, such as 20201231.
    whole : set of int
        Positions where all is digits, so that others may begin with a zero.
    grouped : set of int
        Positions among the numbers where points could separate thousands, as in 1.234.
    has_points, has_commas : bool
        Whether some column has decimals behind a point, or behind a comma.
    """

    numbers: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)
    dates: set[int] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    grouped: set[int] = field(default_factory=set)
    has_points: bool = False
    has_commas: bool = False

    def in_thousands(self, decimal: str | None, delimiter: str) -> set[int]:
        """Return the columns whose points separate thousands, by settings or the other columns.

        Files with semicolons come from where decimals have commas.
        """
        if decimal or self.has_points != self.has_commas:
            has_commas = decimal == "," if decimal else self.has_commas
        else:
            has_commas = delimiter == ";" and not self.has_points
        return self.grouped if has_commas else set()


def sample(connection: duckdb.DuckDBPyConnection, reader: Reader, names: Sequence[str]) -> Sample:
    """Look at the first rows: as many as show the types, few if the table is wide."""
    rows = max(_FEWEST_SAMPLED_ROWS, min(_MOST_SAMPLED_ROWS, _SAMPLED_CELLS // reader.width))
    cells = connection.execute(f"SELECT * FROM {reader.sql()} LIMIT {rows}").fetchall()  # noqa: S608
    found = Sample()
    for position, column in enumerate(zip(*cells, strict=True)):
        texts = [cell.strip(BLANK) for cell in column if cell is not None]
        filled = [text for text in texts if text not in reader.missing]
        if filled:
            found.filled.add(position)
        if all(is_number(text) for text in filled):
            found.numbers.add(position)
            if len(filled) < len(texts):
                found.doubtful.add(position)
            _look_at_numbers(found, position, filled, names[position])
        elif not found.has_commas:
            found.has_commas = _has_commas(filled[:_CELLS_LOOKED_AT])
    return found


def _look_at_numbers(found: Sample, position: int, filled: Sequence[str], name: str) -> None:
    if not filled:
        return
    is_digits = all(text.isdecimal() for text in filled)
    has_zeros = is_digits and any(len(text) > 1 and text[0] == "0" for text in filled)
    may_be_phones = is_digits or filled[0][0] == "+"
    is_phone = may_be_phones and are_phones(PhoneFigures.of(filled), len(filled), name)
    if has_zeros or is_phone:
        found.codes.add(position)
    elif is_digits and all(map(COMPACT_DATE.fullmatch, filled)):
        found.dates.add(position)
    elif is_digits:
        found.whole.add(position)
    elif any("." in text for text in filled):
        if all(map(_GROUPED.fullmatch, filled)):
            found.grouped.add(position)
        else:
            found.has_points = True


def _has_commas(cells: Sequence[str]) -> bool:
    numbers = [cell for cell in cells if parts(cell)]
    decimals = (_COMMA.fullmatch(cell) and not _OPEN.fullmatch(cell) for cell in numbers)
    return len(numbers) >= _MOSTLY * len(cells) and any(decimals)
