"""A column as rows in bins: made of the data that a model learns from, and of later data alike."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.engine import by_column, one, stacked, stacks

_LEVELS = [step / 20 for step in range(1, 20)]
# Quantiles hold every number in memory: of more rows they come from every second, third, ... row.
_MOST_ROWS = 1_000_000
_MOST_VALUES = 20
_MOST_TEXTS = 1000  # of a column: what is rarer counts as something else
_DIGITS = 6

Read = Callable[[str], str]
Expressions = Mapping[int, str]


@dataclass(frozen=True)
class NumberBins:
    """Rows of a column of numbers.

    Parameters
    ----------
    edges : tuple of float
        Ends of the bins, which include them; the last bin has none.
    counts : tuple of int
        One more than edges.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class TextBins:
    """Rows of a column of texts.

    Parameters
    ----------
    values : tuple of str
        The most frequent ones.
    counts : tuple of int
        Theirs, then those of all others.
    """

    values: tuple[str, ...]
    counts: tuple[int, ...]


Bins = NumberBins | TextBins


def number_bins(
    connection: duckdb.DuckDBPyConnection, numbers: Expressions, rows: int
) -> dict[int, NumberBins]:
    """Return bins that hold about as many numbers each, fewer where many are equal.

    Parameters
    ----------
    numbers : mapping of int to str
        SQL of a DOUBLE, NULL where it is none, by the position of a column of ``data``.
    rows : int
        Of ``data``.
    """
    step = -(-rows // _MOST_ROWS)
    some = f"data WHERE rowid % {step} = 0" if step > 1 else "data"
    figures = {n: f"quantile_disc({number}, {_LEVELS})" for n, number in numbers.items()}
    edges = {
        n: tuple(sorted({float(f"{edge:.{_DIGITS}g}") for edge in values or ()}))
        for n, values in _asked(connection, figures, some).items()
    }
    counts = count_numbers(connection, numbers, edges)
    return {n: NumberBins(edges[n], counts[n]) for n in edges}


def count_numbers(
    connection: duckdb.DuckDBPyConnection,
    numbers: Expressions,
    edges: Mapping[int, Sequence[float]],
) -> dict[int, tuple[int, ...]]:
    """Return how many numbers lie in each bin, by position."""
    # Each with its own edges in the statement: four times as quick as from a list by position.
    figures = {n: _histogram(number, edges[n]) for n, number in numbers.items()}
    return {
        n: tuple((counted or {}).get(edge, 0) for edge in (*edges[n], math.inf))
        for n, counted in _asked(connection, figures).items()
    }


def _histogram(number: str, edges: Sequence[float]) -> str:
    bounds = ", ".join([*(format(edge, ".17e") for edge in edges), "'inf'::DOUBLE"])
    return f"histogram({number}, [{bounds}])"


def _asked(
    connection: duckdb.DuckDBPyConnection, figures: Expressions, source: str = "data"
) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for batch in stacks(connection, figures):
        asked = ", ".join(figures[n] for n in batch)
        row = one(connection, f"SELECT {asked} FROM {source}")
        found |= dict(zip(batch, row, strict=True))
    return found


def text_bins(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int]
) -> dict[int, TextBins]:
    """Return the most frequent texts of columns."""
    found: dict[int, TextBins] = {}
    for n, texts in _texts(connection, positions).items():
        ranked = sorted(texts.counts, key=lambda text: (-texts.counts[text], text))[:_MOST_VALUES]
        found[n] = TextBins(tuple(ranked), texts.of(ranked))
    return found


def count_texts(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[int, tuple[Sequence[str], Read]]
) -> dict[int, tuple[int, ...]]:
    """Return how many rows have each of some values, then how many have another, by position.

    Parameters
    ----------
    wanted : mapping of int to (values, read)
        Reading turns a cell into the value that training would have taken it for.
    """
    bare = [n for n, (values, _) in wanted.items() if not values]
    filled = by_column(connection, bare, "count(cell)")
    found: dict[int, tuple[int, ...]] = {**filled}
    for n, texts in _texts(connection, [n for n in wanted if n not in filled]).items():
        values, read = wanted[n]
        known = Counter[str]()
        for cell, count in texts.counts.items():
            known[read(cell)] += count
        found[n] = _Texts(known, texts.filled).of(values)
    return found


@dataclass(frozen=True)
class _Texts:
    """Rows of the most frequent texts of a column, and of all."""

    counts: Mapping[str, int]
    filled: int

    def of(self, values: Sequence[str]) -> tuple[int, ...]:
        shown = [self.counts.get(value, 0) for value in values]
        return (*shown, self.filled - sum(shown))


def _texts(connection: duckdb.DuckDBPyConnection, positions: Sequence[int]) -> dict[int, _Texts]:
    counts: dict[int, dict[str, int]] = {n: {} for n in positions}
    for batch in stacks(connection, positions):
        rows = connection.execute(
            f"SELECT n, cell, count(*) AS rows FROM {stacked(batch)} WHERE cell IS NOT NULL "
            f"GROUP BY n, cell ORDER BY rows DESC, n, cell LIMIT {_MOST_TEXTS * len(batch)}"
        ).fetchall()
        for n, cell, count in rows:
            counts[n][cell] = count
    filled = by_column(connection, positions, "count(cell)")
    return {n: _Texts(found, filled[n][0]) for n, found in counts.items()}


def to_json(bins: Bins) -> dict[str, Any]:
    """Return bins as in ``profile.json``."""
    places = {"edges": bins.edges} if isinstance(bins, NumberBins) else {"values": bins.values}
    return {**{name: list(each) for name, each in places.items()}, "counts": list(bins.counts)}


def from_json(content: Mapping[str, Any] | None) -> Bins | None:
    """Return stored bins; None if there are none."""
    if not content:
        return None
    counts = tuple(content["counts"])
    if "edges" in content:
        return NumberBins(tuple(content["edges"]), counts)
    return TextBins(tuple(content["values"]), counts)
