"""Fill the sides of a split that large units left empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SIDES = ("train", "test", "validation")  # the most wanted first


@dataclass(frozen=True)
class Unit:
    """A unit of a split: its number, its rows, and the side it is on."""

    number: int
    size: int
    side: str


def refilled(units: Sequence[Unit], rooms: Mapping[str, int]) -> dict[int, str]:
    """Choose units for the sides that have none, as far as there are units enough.

    Parameters
    ----------
    units : sequence of Unit
        In shuffled order.
    rooms : mapping of int
        Rows that each side is meant to have.

    Returns
    -------
    dict
        New sides by units' numbers.
    """
    wanted = _SIDES[: len(units)]
    sides = {unit.number: unit.side for unit in units}
    moved: dict[int, str] = {}
    for side in wanted:
        if side not in sides.values():
            for number in _chosen(units, sides, wanted, rooms[side]):
                moved[number] = sides[number] = side
    return moved


def _chosen(
    units: Sequence[Unit], sides: Mapping[int, str], wanted: Sequence[str], room: int
) -> list[int]:
    """Choose the first units that fit, or the smallest; no wanted side is emptied for another."""
    left = Counter(sides.values())

    def is_free(unit: Unit) -> bool:
        side = sides[unit.number]
        return left[side] > 1 or side not in wanted

    smallest = min(filter(is_free, units), key=lambda unit: unit.size)
    chosen: list[int] = []
    for unit in units:
        if unit.size <= room and is_free(unit):
            left[sides[unit.number]] -= 1
            room -= unit.size
            chosen.append(unit.number)
    return chosen or [smallest.number]
