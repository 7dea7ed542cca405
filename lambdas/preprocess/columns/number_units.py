"""The unit of a column of numbers, and whether it multiplies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from training.written_numbers import multiple

_UNIT_SHARE = 0.1  # of the numbers: fewer are rather slips than a unit that others lack
_SAME_UNIT = {
    "us$": "$", "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "rs": "₹",
    "percent": "%", "pct": "%",
}  # fmt: skip
_SHORTEST_PLURAL = 4


class Units(NamedTuple):
    """What a column's numbers are written with.

    Parameters
    ----------
    units : tuple of str
        Those that mean the same, or that multiply.
    has_others : bool
        Whether other units are frequent as well.
    multiply : bool
    """

    units: tuple[str, ...]
    has_others: bool = False
    multiply: bool = False


def main_unit(counts: Mapping[str, int], *, has_mega: bool) -> Units:
    """Return the most frequent unit in all its spellings, or those that multiply.

    Parameters
    ----------
    counts : mapping of str to int
        Numbers in each unit; those without one under an empty text.
    has_mega : bool
        Whether some unit is "M"; "m" alone is rather metres or minutes.
    """
    if _multiply(counts, has_mega=has_mega):
        return Units(tuple(sorted(unit for unit in counts if unit)), multiply=True)
    groups: dict[str, list[str]] = {}
    for unit in counts:
        groups.setdefault(units_alike(unit), []).append(unit)
    sizes = {group: sum(counts[unit] for unit in units) for group, units in groups.items()}
    few = _UNIT_SHARE * sum(counts.values())
    frequent = sorted((group for group in sizes if group and sizes[group] >= few),
                      key=lambda group: (-sizes[group], group))  # fmt: skip
    if not frequent:
        return Units(())
    return Units(tuple(sorted(groups[frequent[0]])), len(frequent) > 1)


def _multiply(counts: Mapping[str, int], *, has_mega: bool) -> bool:
    """Tell whether units multiply: there are several of one currency, or also numbers without."""
    found = [multiple(unit) for unit in counts]
    factors = {factor for factor, _ in found}
    currencies = {units_alike(rest) for _, rest in found} - {""}
    if len(factors) < 2 or len(currencies) > 1 or any(map(str.isalnum, currencies)):
        return False
    return has_mega or bool(currencies) or not factors <= {1.0, 1e6}


def units_alike(unit: str) -> str:
    """Return what spellings of one unit have in common."""
    single = unit.removesuffix("s") if len(unit) >= _SHORTEST_PLURAL else unit
    return _SAME_UNIT.get(unit, single)
