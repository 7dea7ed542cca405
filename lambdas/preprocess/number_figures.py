"""Distributions of columns of numbers, and their association with the target."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.association import Association, Part, correlation_ratio, pearson
from lambdas.preprocess.cells import number, usable
from lambdas.preprocess.engine import batches
from lambdas.preprocess.profile import Profile

_BINS = 20
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
# Quantiles hold every number in memory: of more rows they come from every second, third, ... row.
_MOST_ROWS = 1_000_000
_MOST_NUMBERS = 10_000_000


@dataclass(frozen=True)
class NumberFigures:
    """Figures of one column of numbers, over the rows that are used.

    Parameters
    ----------
    edges : tuple of float
        Of the histogram's bins, which include their upper edge; the first its lower edge, too.
    counts : dict
        For each class (in regression: for the one key ``""``) the numbers in each bin.
    quantiles : tuple of float
        At `LEVELS`; empty without numbers.
    association : Association or None
    """

    edges: tuple[float, ...]
    counts: dict[str, list[int]]
    quantiles: tuple[float, ...]
    association: Association | None


def number_figures(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], task: str, rows: int
) -> dict[int, NumberFigures]:
    """Return the figures of columns of numbers, by position.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``data`` and ``usable``.
    profiles : sequence of Profile
        Columns that are DOUBLE and have usable numbers.
    task : str
    rows : int
        Rows of the file.
    """
    by_position = {found.position: found for found in profiles}
    quantiles = dict(_quantiles(connection, list(by_position), rows))
    figures: dict[int, NumberFigures] = {}
    for batch in batches(by_position):
        edges = {position: bin_edges(by_position[position]) for position in batch}
        cells = {position: _usable(by_position[position]) for position in batch}
        parts = _by_class(connection, edges, cells, task)
        for index, position in enumerate(batch):
            own = {label: values[index] for label, values in parts.items()}
            figures[position] = NumberFigures(
                edges=edges[position],
                counts={label: _counts(edges[position], cells[0]) for label, cells in own.items()},
                quantiles=quantiles[position],
                association=_association(own, task),
            )
    return figures


def bin_edges(found: Profile) -> tuple[float, ...]:
    """Return the edges of a column's histogram: a bin for each of few integers, else equal ones."""
    low, high = found.minimum or 0.0, found.maximum or 0.0
    if found.is_integer and high - low < _BINS:
        return tuple(low - 0.5 + step for step in range(int(high - low) + 2))
    width = (high - low) / _BINS
    inner = {low + width * step for step in range(1, _BINS)}
    return (low, *sorted(edge for edge in inner if low < edge < high), high)


def _usable(found: Profile) -> str:
    column = f"c{found.position}"
    # Thousands of equal conditions take DuckDB's optimizer minutes: only where they matter.
    return usable(column) if found.unusable_numbers else column


def _by_class(
    connection: duckdb.DuckDBPyConnection,
    edges: dict[int, tuple[float, ...]],
    cells: dict[int, str],
    task: str,
) -> dict[str, list[tuple[Any, ...]]]:
    """Return for each class, column by column: histogram, count, mean, variance, range, r."""
    is_regression = task == "regression"
    correlation = f"corr({{0}}, {number('label')})" if is_regression else "NULL"
    aggregates = ", ".join(
        f"histogram({value}, [{', '.join(format(edge, '.17e') for edge in bounds[1:])}]), "
        f"count({value}), avg({value}), var_pop({value}), min({value}), max({value}), "
        + correlation.format(value)
        for position, bounds in edges.items()
        for value in [f"({cells[position]})"]
    )
    found = connection.execute(
        f"SELECT {repr('') if is_regression else 'label'}, {aggregates} "
        # A positional join reads every column of its sides: name those that are needed.
        f"FROM (SELECT {', '.join(f'c{n}' for n in edges)} FROM data) "
        "POSITIONAL JOIN (SELECT label FROM usable) WHERE label IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    width = 7
    return {
        label: [tuple(cells[start : start + width]) for start in range(0, len(cells), width)]
        for label, *cells in found
    }


def _counts(edges: Sequence[float], histogram: dict[float, int] | None) -> list[int]:
    return [(histogram or {}).get(edge, 0) for edge in edges[1:]]


def _association(own: dict[str, tuple[Any, ...]], task: str) -> Association | None:
    if task == "regression":
        return pearson(own[""][-1]) if own else None
    return correlation_ratio([Part(*cells[1:-1]) for cells in own.values() if cells[1]])


def _quantiles(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int], rows: int
) -> Iterator[tuple[int, tuple[float, ...]]]:
    step = -(-rows // _MOST_ROWS)
    at_once = max(1, min(100, _MOST_NUMBERS // max(1, rows // step)))
    for start in range(0, len(positions), at_once):
        batch = positions[start : start + at_once]
        aggregates = ", ".join(
            f"quantile_cont({usable(f'c{position}')}, {list(LEVELS)})" for position in batch
        )
        condition = f"WHERE rowid % {step} = 0" if step > 1 else ""
        found = connection.execute(f"SELECT {aggregates} FROM data {condition}").fetchone() or ()
        yield from zip(batch, (tuple(values or ()) for values in found), strict=True)
