"""Numbers as a language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e15, 1e-6  # beyond, powers of ten read better
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Numbers:
    """The signs of a language, by default those of English.

    Parameters
    ----------
    thousands, decimal : str
        What separates groups of three digits, and whole ones from decimals.
    percent : str
        What follows a percentage.
    ungrouped : int
        Most digits of a whole number that are written without a separator.
    """

    thousands: str = ","
    decimal: str = "."
    percent: str = "%"
    ungrouped: int = 3

    def fixed(self, value: float, digits: int) -> str:
        """Write a number with so many decimals."""
        return self._signs(f"{value:,.{digits}f}")

    def figures(self, value: float, digits: int = 4) -> str:
        """Write a number with so many significant digits, as a power of ten only if need be."""
        size = abs(value)
        if size and not _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
            factor, power = f"{value:.{digits - 1}e}".split("e")
            return f"{self._signs(_short(factor))} \u00d7 10{str(int(power)).translate(_RAISED)}"
        decimals = digits - 1 - math.floor(math.log10(size)) if size else 0
        return self._signs(_short(f"{value:,.{max(0, decimals)}f}"))

    def whole(self, value: float) -> str:
        """Write a whole number."""
        return self.fixed(value, 0)

    def share(self, value: float) -> str:
        """Write a share as a percentage with one decimal."""
        return self.fixed(100 * value, 1) + self.percent

    def _signs(self, text: str) -> str:
        if not any(sign in "123456789" for sign in text):
            text = text.lstrip("-")  # what is written as nothing has no sign
        whole, point, decimals = text.partition(".")
        if sum(sign.isdigit() for sign in whole) <= self.ungrouped:
            whole = whole.replace(",", "")
        whole = whole.replace(",", self.thousands).replace("-", "\u2212")
        return f"{whole}{self.decimal if point else ''}{decimals}"


def _short(text: str) -> str:
    """Cut zeros that say nothing off the end of a number."""
    return text.rstrip("0").rstrip(".") if "." in text else text
