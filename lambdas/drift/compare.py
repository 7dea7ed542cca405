"""A file's columns beside those that a model learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from lambdas.drift import distances
from lambdas.drift.bins import Bins, NumberBins
from lambdas.drift.distances import Counts

# By custom: see `distances.stability_index`.
SMALL, LARGE = 0.1, 0.25
FALSE_ALARMS = 0.05  # of files in which nothing has changed
Level = Literal["none", "small", "large"]


@dataclass(frozen=True)
class Shift:
    """Rows by bin, before and now.

    Parameters
    ----------
    is_ordered : bool
        Whether the bins have an order, as those of numbers.
    """

    before: Counts
    now: Counts
    is_ordered: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there are rows on both sides."""
        return sum(self.before) > 0 and sum(self.now) > 0

    @cached_property
    def chance(self) -> float:
        """How often chance alone makes such a difference."""
        return distances.chance(self.before, self.now, ordered=self.is_ordered)

    @cached_property
    def index(self) -> float:
        """The population stability index."""
        return distances.stability_index(self.before, self.now)

    @property
    def by_chance(self) -> float:
        """The index to be expected if nothing has changed."""
        return distances.index_by_chance(self.before, self.now)

    def level(self, *, is_sure: bool) -> Level:
        """Return how large it is beyond what chance alone would make of it."""
        beyond = self.index - self.by_chance if is_sure else 0.0
        return "large" if beyond >= LARGE else "small" if beyond >= SMALL else "none"

    @property
    def alone(self) -> Level:
        """The level where nothing else is compared."""
        return self.level(is_sure=self.chance <= FALSE_ALARMS)

    def to_json(self) -> dict[str, Any]:
        """Return its figures as in ``drift.json``."""
        figures: dict[str, Any] = {
            "stability_index": self.index,
            "by_chance": self.by_chance,
            "jensen_shannon": distances.jensen_shannon(self.before, self.now),
            "chance": self.chance,
        }
        if self.is_ordered:
            figures["kolmogorov_smirnov"] = distances.kolmogorov_smirnov(self.before, self.now)
        return figures


@dataclass(frozen=True)
class Compared:
    """One column before and now.

    Parameters
    ----------
    bins : NumberBins or TextBins
        Of before.
    now : sequence of int
        Filled cells by bin.
    rows : (int, int)
        Of either file.
    """

    name: str
    bins: Bins
    now: Counts
    rows: tuple[int, int]

    @cached_property
    def cells(self) -> Shift:
        """The filled cells."""
        return Shift(self.bins.counts, self.now, isinstance(self.bins, NumberBins))

    @cached_property
    def gaps(self) -> Shift:
        """Empty cells and filled ones."""
        filled = sum(self.bins.counts), sum(self.now)
        before, now = ((rows - cells, cells) for rows, cells in zip(self.rows, filled, strict=True))
        return Shift(before, now)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """What can be compared."""
        return tuple(shift for shift in (self.cells, self.gaps) if shift.is_known)

    @property
    def furthest(self) -> Shift:
        """Cells or gaps, whichever has moved further."""
        return max(self.shifts, key=lambda shift: shift.index)

    @property
    def missing(self) -> tuple[float, float]:
        """Shares of empty cells, before and now."""
        before, now = self.gaps.before, self.gaps.now
        return before[0] / max(1, self.rows[0]), now[0] / max(1, self.rows[1])

    def to_json(self, level: Level) -> dict[str, Any]:
        """Return it as in ``drift.json``."""
        return {
            "name": self.name,
            "level": level,
            "missing": self.missing,
            "cells": self.cells.to_json() if self.cells.is_known else None,
            "gaps": self.gaps.to_json() if self.gaps.is_known else None,
        }


def levels(columns: Sequence[Compared]) -> list[Level]:
    """Return how far each column has drifted.

    Notes
    -----
    A distance counts only if it is more than chance in files of these sizes, all columns taken
    together: of files in which nothing has changed, at most one in twenty has a drifted column.
    """
    shifts = [shift for column in columns for shift in column.shifts]
    sure = distances.holm([shift.chance for shift in shifts], FALSE_ALARMS)
    found = dict(zip(map(id, shifts), sure, strict=True))
    return [_largest([s.level(is_sure=found[id(s)]) for s in c.shifts]) for c in columns]


def _largest(levels: Sequence[Level]) -> Level:
    order: tuple[Level, ...] = ("large", "small", "none")
    return next((level for level in order if level in levels), "none")
