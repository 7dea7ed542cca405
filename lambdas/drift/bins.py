"""A column as rows in bins: made of the data that a model learns from, and of later data alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# Quantiles at these levels are the edges: twenty bins, of about as many rows each.
LEVELS = tuple(step / 20 for step in range(1, 20))
_DIGITS = 6


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

    def between(self, edges: Sequence[float]) -> tuple[int, ...]:
        """Return how many numbers lie between some of the edges."""
        places = [0, *(bisect_left(self.edges, edge) + 1 for edge in edges), len(self.counts)]
        return tuple(sum(self.counts[low:high]) for low, high in pairwise(places))


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


def edges_of(quantiles: Sequence[float | None]) -> tuple[float, ...]:
    """Return the edges of bins from a column's quantiles at `LEVELS`; fewer if some are equal."""
    return tuple(sorted({float(f"{q:.{_DIGITS}g}") for q in quantiles if q is not None}))


def number_bins(edges: Sequence[float], counted: NumberBins) -> NumberBins:
    """Return the bins between some edges of finer ones.

    A quantile may lie between two numbers that are neighbours: no number is between that edge and
    the next, so that both are one.
    """
    counts = counted.between(edges)
    kept = [n for n in range(len(edges)) if n == 0 or counts[n]]
    made = tuple(edges[n] for n in kept)
    return NumberBins(made, counted.between(made))


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
