"""Numbers as people write them: separators, signs, units, limits; one grammar for a cell.

Preprocessing decides the form of a whole column and reads it by SQL made of these constants; the
form travels in ``schema.json``, so that the endpoint reads a request's cells in the same way.
Imports nothing but the standard library, as the Lambdas use it too.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What may stand around a cell without being part of it.
BLANK = " \t\r\n\u00a0\ufeff"
# Blanks, apostrophes, minus signs and full-width forms, each as the one that ASCII has.
_ALIKE = {
    " ": "\t\r\n\u00a0\ufeff\u2002\u2003\u2007\u2009\u200a\u202f\u3000",
    "'": "\u2019\u02bc\u00b4`",
    "-": "\u2212\u2010\u2011\u2012\u2013\u2014\uff0d",
    "+": "\uff0b",
    ",": "\uff0c",
    ".": "\uff0e",
    "%": "\uff05",
    "$": "\uff04",
    "<": "\uff1c",
    ">": "\uff1e",
} | {str(digit): chr(0xFF10 + digit) for digit in range(10)}
ODD = "".join(_ALIKE.values())
PLAIN = "".join(sign * len(odd) for sign, odd in _ALIKE.items())
LARGE, SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_TRANSLATION, _SMALLER = str.maketrans(ODD, PLAIN), str.maketrans(LARGE, SMALL)

_GROUPED = "[0-9]{{1,3}}(?:{0}[0-9]{{3}})+"
_BY_COMMA = rf"{_GROUPED.format(',')}|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}"  # the latter: India
_BY_POINT, _BY_BLANK, _BY_APOSTROPHE = (_GROUPED.format(sign) for sign in (r"\.", " ", "'"))
_EXPONENT = "(?:[eE][-+]?[0-9]+)?"
_NUMBER = (
    rf"(?:{_BY_POINT}|{_BY_BLANK}|{_BY_APOSTROPHE}|[0-9]+)?,[0-9]+{_EXPONENT}"
    rf"|(?:{_BY_COMMA}|{_BY_BLANK}|{_BY_APOSTROPHE}|[0-9]+)?\.[0-9]+{_EXPONENT}"
    rf"|{_BY_COMMA}|{_BY_POINT}|{_BY_BLANK}|{_BY_APOSTROPHE}|[0-9]+\.?{_EXPONENT}"
)
# "~5" is about 5; Excel marks digits that are to be text by an apostrophe.
_LIMIT = "'?(?:<=|>=|=<|=>|[<>\u2264\u2265~\u2248])?"
_SYMBOLS = "(?:US|CA|AU|NZ|HK|R|A|C)?[$]|[€£¥₹₽₩₺₪₫฿₴₦₱]"
_CODES = (
    "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|BRL|MXN|ARS|CLP|COP|"
    "PEN|ZAR|KRW|SGD|HKD|THB|IDR|MYR|PHP|ILS|AED|SAR|EGP|NGN|KES|Rs|kr|zł"
)
_CURRENCY = f"(?:(?:{_SYMBOLS}|(?i:{_CODES})\\.?) *)?"
# A unit begins with no sign that stands between numbers (dates, ranges, times) or marks a code.
_UNIT = r"""(?: *[^-0-9 .,'()<>=+/:;_#&*"!?|\\~^@{}\[\]][^-+()<>=]{0,15})?"""
CELL = (
    f"{_LIMIT} *(?:[-+] *)?{_CURRENCY}(?:[-+(] *)?{_CURRENCY}"
    f"(?:{_NUMBER}){_UNIT} *(?:[)]|-|[+])?{_UNIT} *[*]{{0,3}}"  # stars of footnotes
)
# The parts of such a cell: what stands before the number, the number, what stands behind it. "Rs."
# may end in a point.
PARTS = (
    f"([^0-9.,]*[A-Za-z][.][^0-9.,]*|[^0-9.,]*)([.,]?[0-9](?:[0-9.,' ]*[0-9])?[.]?{_EXPONENT})(.*)"
)
# What the two outer parts may hold of these; and what is not part of a unit.
SIGNS, NEGATIVE = ("", "-", "+", "()"), ("-", "()")
NOT_SIGN, NOT_UNIT, GROUPING = "[^-+()]", "[-+()<>=\u2264\u2265~\u2248*' .]", "[ ']"
AT_LIMIT = "[<>\u2264\u2265]"
# Of a number without blanks and apostrophes: thousands or decimals, the cell alone can't tell.
AMBIGUOUS = "[1-9][0-9]{0,2}[.,][0-9]{3}"
# Units that multiply where a column has several of them, or also numbers without: 5k, 1.2M, $3bn.
_MULTIPLES = {
    1e3: "k thousand tsd mil",
    1e6: "m mn mio mln million millions millones",
    1e9: "b bn bln mrd billion billions",
}
MULTIPLES = {word: value for value, words in _MULTIPLES.items() for word in words.split()}
_MONEY = f"(?:[^a-z0-9]*|{_CODES.lower()})"
_MULTIPLE = re.compile(f"({_MONEY})({'|'.join(MULTIPLES)})({_MONEY})")
ENDS_IN_COMMA_DECIMALS = f"[0-9.]*,[0-9]+{_EXPONENT}"
SEVERAL_POINTS = r"[0-9]*\.[0-9]*\.[0-9.]*"
_CELL, _PARTS = re.compile(CELL), re.compile(PARTS, re.DOTALL)


@dataclass(frozen=True)
class Parts:
    """A cell taken apart.

    Parameters
    ----------
    number : str
        Digits, points, commas and an exponent.
    is_negative, is_limit : bool
    unit : str
        Currency or unit, small and without blanks; empty without any.
    """

    number: str
    is_negative: bool
    is_limit: bool
    unit: str


def plain(cell: str) -> str:
    """Write a cell with the signs that ASCII has, without blanks around it."""
    return cell.translate(_TRANSLATION).strip(" ")


def parts(cell: str) -> Parts | None:
    """Take a cell apart; None if it is not a number."""
    text = plain(cell)
    found = _PARTS.fullmatch(text) if _CELL.fullmatch(text) else None
    if found is None:
        return None
    around = found[1] + found[3]
    signs = re.sub(NOT_SIGN, "", around)
    if signs not in SIGNS:
        return None
    return Parts(
        number=re.sub(GROUPING, "", found[2]),
        is_negative=signs in NEGATIVE,
        is_limit="+" in found[3] or re.search(AT_LIMIT, around) is not None,  # 90+ and over
        unit=re.sub(NOT_UNIT, "", around).translate(_SMALLER),
    )


def with_point(number: str, decimal: str) -> str:
    """Write a number's digits with a decimal point, or none.

    Parameters
    ----------
    number : str
        As in `Parts`.
    decimal : str
        What decides where the number alone can't tell: whether "1,234" has thousands or decimals.
    """
    is_open = re.fullmatch(AMBIGUOUS, number) is not None
    if re.fullmatch(ENDS_IN_COMMA_DECIMALS, number) and not (is_open and decimal == "."):
        return number.replace(".", "").replace(",", ".")
    number = number.replace(",", "")
    several = re.fullmatch(SEVERAL_POINTS, number)
    return number.replace(".", "") if several or (is_open and decimal == ",") else number


def multiple(unit: str) -> tuple[float, str]:
    """Return what a unit multiplies by, and the currency beside it."""
    found = _MULTIPLE.fullmatch(unit)
    return (MULTIPLES[found[2]], found[1] + found[3]) if found else (1.0, unit)


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of a column are written.

    Parameters
    ----------
    decimal : str
        Point or comma: what separates decimals where a cell alone can't tell.
    units : tuple of str
        Units and currencies that mean the same; a cell may also lack them.
    words : tuple of str
        Words that stand for a missing number, as `digest` writes them: they are cells of people.
    multiplies : bool
        Whether units such as "k" multiply.
    """

    decimal: str = "."
    units: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    multiplies: bool = False

    @property
    def agrees_with_float(self) -> bool:
        """Whether every text that ``float()`` reads means just that here."""
        return self.decimal == "."

    def read(self, cell: str) -> float | None:
        """Return a cell's number, NaN where it is a word for a missing one, else None."""
        found = parts(cell)
        if found is None or found.unit not in ("", *self.units):
            return math.nan if self.words and digest(cell) in self.words else None
        value = float(with_point(found.number, self.decimal))
        value *= multiple(found.unit)[0] if self.multiplies else 1.0
        if math.isinf(value):
            return None
        return -value if found.is_negative else value

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``schema.json`` has."""
        document = {"decimal": self.decimal, "units": list(self.units), "words": list(self.words)}
        return document | ({"multiplies": True} if self.multiplies else {})

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> NumberForm:
        """Read what `to_dict` returned.

        Raises
        ------
        KeyError, TypeError
            If it lacks a part.
        """
        return cls(
            str(document["decimal"]),
            tuple(str(unit) for unit in document["units"]),
            tuple(str(word) for word in document["words"]),
            bool(document.get("multiplies", False)),
        )


def folded(cell: str) -> str:
    """Return a word as it is compared: without blanks around it, in small ASCII letters."""
    return plain(cell).translate(_SMALLER)


def digest(cell: str) -> str:
    """Return what tells a word again without saying it."""
    return hashlib.blake2b(folded(cell).encode(), digest_size=8).hexdigest()
