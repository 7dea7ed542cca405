"""What the columns of ``data`` hold, counted once for all that is compared."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from lambdas.drift.bins import NumberBins, TextBins
from lambdas.preprocess.engine import by_column, stacked, stacks

_MOST_VALUES = 20
_MOST_TEXTS = 1000  # of a column: what is rarer counts as something else

Read = Callable[[str], str]
Expressions = Mapping[int, str]


@dataclass(frozen=True)
class Texts:
    """Rows of the most frequent texts of a column.

    Parameters
    ----------
    filled : int
        Rows with any text.
    """

    counts: Mapping[str, int]
    filled: int

    @property
    def bins(self) -> TextBins:
        """The most frequent ones as bins."""
        ranked = sorted(self.counts, key=lambda text: (-self.counts[text], text))[:_MOST_VALUES]
        return TextBins(tuple(ranked), self.of(ranked))

    def of(self, values: Sequence[str]) -> tuple[int, ...]:
        """Return how many rows have each of some values, then how many have another."""
        shown = [self.counts.get(value, 0) for value in values]
        return (*shown, self.filled - sum(shown))

    def read(self, read: Read) -> Texts:
        """Return them as the values that training would have taken the cells for."""
        known = Counter[str]()
        for cell, count in self.counts.items():
            known[read(cell)] += count
        return Texts(known, self.filled)


@dataclass(frozen=True)
class Counts:
    """What columns hold, by position.

    Parameters
    ----------
    numbers : mapping of int to NumberBins
        With all the edges that were asked for.
    filled : mapping of int to int
        Cells that are not missing, of columns of which that is enough.
    drawn : mapping of int to sequence
        Cells of some rows, as `lambdas.drift.sample.draw` returns them.
    """

    numbers: Mapping[int, NumberBins] = field(default_factory=dict)
    texts: Mapping[int, Texts] = field(default_factory=dict)
    filled: Mapping[int, int] = field(default_factory=dict)
    drawn: Mapping[int, Sequence[Any]] = field(default_factory=dict)


def count_numbers(
    connection: duckdb.DuckDBPyConnection,
    numbers: Expressions,
    edges: Mapping[int, Iterable[float]],
) -> dict[int, NumberBins]:
    """Return how many numbers lie in each bin, by position.

    Parameters
    ----------
    numbers : mapping of int to str
        SQL of a DOUBLE, NULL where it is none, by the position of a column.
    edges : mapping of int to iterable of float
        Of the columns to count, in any order.
    """
    found: dict[int, NumberBins] = {}
    for batch in stacks(connection, edges):
        ends = [[*sorted(set(edges[n])), math.inf] for n in batch]
        # Each with a parameter of its own: a list by position takes two to four times as long.
        asked = ", ".join(f"histogram({numbers[n]}, ?)" for n in batch)
        (counted,) = connection.execute(f"SELECT {asked} FROM data", ends).fetchall()
        for n, own, rows in zip(batch, ends, counted, strict=True):
            counts = tuple((rows or {}).get(edge, 0) for edge in own)
            found[n] = NumberBins(tuple(own[:-1]), counts)
    return found


def count_texts(
    connection: duckdb.DuckDBPyConnection, positions: Iterable[int]
) -> dict[int, Texts]:
    """Return the most frequent texts of columns, by position."""
    counts: dict[int, dict[str, int]] = {n: {} for n in positions}
    cut: list[int] = []
    for batch in stacks(connection, counts):
        most = _MOST_TEXTS * len(batch)
        rows = connection.execute(
            f"SELECT n, cell, count(*) AS rows FROM {stacked(batch)} WHERE cell IS NOT NULL "
            f"GROUP BY n, cell ORDER BY rows DESC, n, cell LIMIT {most}"
        ).fetchall()
        cut += batch if len(rows) == most else []
        for n, cell, count in rows:
            counts[n][cell] = count
    filled = {n: sum(found.values()) for n, found in counts.items()} | count_filled(connection, cut)
    return {n: Texts(found, filled[n]) for n, found in counts.items()}


def count_filled(connection: duckdb.DuckDBPyConnection, positions: Iterable[int]) -> dict[int, int]:
    """Return how many cells of columns are not missing, by position."""
    found = by_column(connection, positions, "count(cell)")
    return {n: count for n, (count,) in found.items()}
