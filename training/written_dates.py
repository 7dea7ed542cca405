"""Dates and times as people write them; one grammar for features, for ``time`` and for requests.

Preprocessing decides by all rows of a column in which patterns its dates are written and reads them
by SQL made of these constants; the patterns travel in ``schema.json``. Imports nothing but the
standard library, as the Lambdas use it too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from training.written_numbers import digest, plain

# In the order of preference: where every date fits several patterns, the first is taken. Day before
# month, as most of the world writes it.
_ORDERS = ("%Y{0}%m{0}%d", "%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%d{0}%m{0}%y", "%m{0}%d{0}%y")
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d.%b.%Y", "%d. %b %Y", "%b %d, %Y", "%b %d %Y")
_SHORT = ("%d %b %y", "%d-%b-%y", "%d/%b/%y", "%b-%d-%Y", "%Y-%b-%d", "%Y %b %d")
PATTERNS = (
    *(order.format(sign) for sign in "-/" for order in _ORDERS),
    *("%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y"),  # nobody writes the month first with points
    *_NAMED,
    *_SHORT,
    *("%d de %b de %Y", "%d de %b del %Y", "%Y%m%d"),
    # Months; their first day is taken.
    *("%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%b %Y", "%b-%Y", "%b/%Y", "%b de %Y", "%Y %b"),
)
# By their first three letters: English, Spanish and German.
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan ene", "feb", "mar mär mrz", "apr abr", "may mai", "jun", "jul", "aug ago",
         "sep", "oct okt", "nov", "dec dic dez"), start=1
    )
    for name in names.split()
}  # fmt: skip
_DIRECTIVES = {
    "%Y": "([1-9][0-9]{3})",
    "%y": "([0-9]{2})",
    "%m": "(1[0-2]|0?[1-9])",
    "%d": "(3[01]|[12][0-9]|0?[1-9])",
    "%b": "([A-Za-zäÄ]{3,12})[.]?",
    "%H": "([01]?[0-9]|2[0-3])",
    "%I": "(1[0-2]|0?[1-9])",
    "%M": "([0-5][0-9])",
    "%S": "([0-5][0-9])",
    "%f": "([0-9]{1,6})",
    "%p": "([AaPp])[.]?[Mm][.]?",
    "%z": "(Z|UTC|GMT|[-+][0-9]{2}:?[0-9]{2})",
}
_SAME = {"%B": "%b", "%h": "%b", "%-d": "%d", "%-m": "%m", "%e": "%d", "%T": "%H:%M:%S"}
_TIME = (
    r"(?:(?:T| +|, *)([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,6})[0-9]*)?)?"
    r"(?: ?([AaPp])[.]?[Mm][.]?)?(?: ?(Z|UTC|GMT|[-+][0-9]{2}:?[0-9]{2}))?)?"
)
# Around dates with a month's name: "Fri, 1st May 2020".
_WEEKDAY = (
    "(?:(?i:mon|tue|wed|thu|fri|sat|sun|lun|mar|mi[eé]|jue|vie|s[aá]b|dom|mo|di|mi|do|fr|sa|so)"
    "[a-zé]*[.,]* +)?"
)
_ORDINAL = "(?:st|nd|rd|th|º)?"
_TIME_PARTS = ("%H", "%M", "%S", "%f", "%p", "%z")
# Two-digit years from this one on are of the 20th century, as POSIX has it.
PIVOT = 69


@dataclass(frozen=True)
class Shape:
    """What a pattern looks like.

    Parameters
    ----------
    regex : str
        Of a whole cell.
    parts : tuple of str
        What its groups are, as directives.
    """

    regex: str
    parts: tuple[str, ...]


@lru_cache(maxsize=256)
def shape(pattern: str) -> Shape:
    """Return what a pattern of strptime looks like; one without a time also takes dates with one.

    Raises
    ------
    ValueError
        If it has an unknown directive, one twice, or lacks year or month.
    """
    for other, same in _SAME.items():
        pattern = pattern.replace(other, same)
    pieces = re.findall("%.|[^%]+", pattern)
    parts = tuple(piece for piece in pieces if piece.startswith("%"))
    known = set(parts) <= set(_DIRECTIVES) and len(set(parts)) == len(parts)
    whole = {"%Y", "%y"} & set(parts) and {"%m", "%b"} & set(parts)
    if not known or not whole:
        raise ValueError
    known_as = _DIRECTIVES
    if pattern == "%Y%m%d":  # or 2020111 could be two days
        known_as = {**known_as, "%m": "(0[1-9]|1[0-2])", "%d": "(0[1-9]|[12][0-9]|3[01])"}
    if "%b" in parts:
        known_as = {**known_as, "%d": _DIRECTIVES["%d"] + _ORDINAL}
    regex = "".join(known_as.get(piece) or re.escape(piece) for piece in pieces)
    regex = _WEEKDAY + regex if "%b" in parts and "%d" in parts else regex
    if "%H" in parts or "%I" in parts:
        return Shape(regex, parts)
    return Shape(regex + _TIME, (*parts, *_TIME_PARTS))


def read_date(cell: str, pattern: str) -> datetime | None:
    """Return the moment, in UTC if an offset is given; None if the cell is not one."""
    form = shape(pattern)
    found = re.fullmatch(form.regex, cell)
    if found is None:
        return None
    part = dict(zip(form.parts, found.groups(), strict=True))
    month = MONTHS.get(part["%b"][:3].lower()) if part.get("%b") else int(part["%m"])
    if month is None:
        return None
    try:
        moment = datetime(  # noqa: DTZ001 - most cells do not tell, and the others count in UTC
            _year(part),
            month,
            int(part.get("%d") or 1),
            _hour(part),
            int(part.get("%M") or 0),
            int(part.get("%S") or 0),
            int((part.get("%f") or "").ljust(6, "0")),
        )
        return moment - _offset(part.get("%z") or "Z")
    except (ValueError, OverflowError):
        return None


def _year(part: Mapping[str, str]) -> int:
    if part.get("%Y"):
        return int(part["%Y"])
    short = int(part["%y"])
    return short + (1900 if short >= PIVOT else 2000)


def _hour(part: Mapping[str, str | None]) -> int:
    hour = int(part.get("%H") or part.get("%I") or 0)
    if not part.get("%p"):
        return hour
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if part["%p"] in ("p", "P") else 0)


def _offset(zone: str) -> timedelta:
    if zone in ("Z", "UTC", "GMT"):
        return timedelta(0)
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)


@dataclass(frozen=True)
class DateForm:
    """How the dates of a column are written.

    Parameters
    ----------
    patterns : tuple of str
        As strptime has them; of those that read a cell, the first counts.
    words : tuple of str
        Words that stand for a missing date, as `digest` writes them.
    """

    patterns: tuple[str, ...]
    words: tuple[str, ...] = ()

    def read(self, cell: str) -> str | float | None:
        """Return a cell's date in ISO 8601, NaN for a word for a missing one, else None."""
        text = plain(cell)
        moments = (read_date(text, pattern) for pattern in (*self.patterns, "%Y-%m-%d"))
        found = next((moment for moment in moments if moment), None)
        if found is None:
            return math.nan if self.words and digest(cell) in self.words else None
        return iso(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``schema.json`` has."""
        return {"patterns": list(self.patterns), "words": list(self.words)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Sequence[str]]) -> DateForm:
        """Read what `to_dict` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it lacks a part or has an unknown pattern.
        """
        patterns = tuple(str(pattern) for pattern in document["patterns"])
        for pattern in patterns:
            shape(pattern)
        return cls(patterns, tuple(str(word) for word in document["words"]))


def iso(moment: datetime) -> str:
    """Write a moment as the splits do: without a time at midnight."""
    if moment.time() == datetime.min.time():
        return f"{moment:%Y-%m-%d}".rjust(10, "0")
    return moment.isoformat()
