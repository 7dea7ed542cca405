"""Distributions of columns of numbers, and their association with the target."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.columns.association import Association, Part, correlation_ratio, pearson
from lambdas.preprocess.columns.cells import number, usable
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.stacked import MOST_ROWS, by_column, labelled, stacked, stacks, used
from lambdas.preprocess.engine import batches

_BINS = 20
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
# Quantiles hold every number in memory: of more rows they come from every second, third, ... row.
_MOST_ROWS = 1_000_000


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
    quantiles = _quantiles(connection, list(by_position), rows)
    figures: dict[int, NumberFigures] = {}
    ask = _one_below_another if rows <= MOST_ROWS else _side_by_side
    for batch in stacks(connection, by_position) if rows <= MOST_ROWS else batches(by_position):
        edges = {position: bin_edges(by_position[position]) for position in batch}
        for position, own in ask(connection, edges, task).items():
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


_WIDTH = 7


def _figures(x: str, bins: str, task: str) -> str:
    """Return the SQL of what is asked of each class: `_WIDTH` figures."""
    correlation = f"corr({x}, y)" if task == "regression" else "NULL"
    return (
        f"histogram({x}, {bins}), count({x}), avg({x}), var_pop({x}), min({x}), max({x}), "
        f"{correlation}"
    )


def _labels(task: str) -> str:
    return f"'' AS class, {number('label')} AS y" if task == "regression" else "label AS class"


def _one_below_another(
    connection: duckdb.DuckDBPyConnection, edges: dict[int, tuple[float, ...]], task: str
) -> dict[int, dict[str, tuple[Any, ...]]]:
    found = connection.execute(
        f"SELECT n, class, {_figures('x', 'bins', task)} "
        f"FROM (SELECT *, {usable('cell')} AS x FROM {labelled(list(edges), _labels(task))}) "
        "JOIN (SELECT unnest(?) AS n, unnest(?) AS bins) USING (n) "
        "GROUP BY n, class ORDER BY class",
        [list(edges), [list(bounds[1:]) for bounds in edges.values()]],
    ).fetchall()
    parts: dict[int, dict[str, tuple[Any, ...]]] = {position: {} for position in edges}
    for position, label, *cells in found:
        parts[position][label] = tuple(cells)
    return parts


def _side_by_side(
    connection: duckdb.DuckDBPyConnection, edges: dict[int, tuple[float, ...]], task: str
) -> dict[int, dict[str, tuple[Any, ...]]]:
    figures = ", ".join(_figures(f"x{n}", "?", task) for n in edges)
    cells = ", ".join(f"{usable(f'c{n}')} AS x{n}" for n in edges)
    found = connection.execute(
        f"SELECT class, {figures} FROM (SELECT {_labels(task)}, {cells} "
        f"FROM {used(list(edges))} WHERE label IS NOT NULL) GROUP BY class ORDER BY class",
        [list(bounds[1:]) for bounds in edges.values()],
    ).fetchall()
    return {
        position: {label: tuple(cells[start : start + _WIDTH]) for label, *cells in found}
        for position, start in zip(edges, range(0, len(edges) * _WIDTH, _WIDTH), strict=True)
    }


def _counts(edges: Sequence[float], histogram: dict[float, int] | None) -> list[int]:
    return [(histogram or {}).get(edge, 0) for edge in edges[1:]]


def _association(own: dict[str, tuple[Any, ...]], task: str) -> Association | None:
    if task == "regression":
        return pearson(own[""][-1]) if own else None
    return correlation_ratio([Part(*cells[1:-1]) for cells in own.values() if cells[1]])


def _quantiles(
    connection: duckdb.DuckDBPyConnection, positions: Sequence[int], rows: int
) -> dict[int, tuple[float, ...]]:
    figures = f"quantile_cont({usable('cell')}, {list(LEVELS)})"
    step = -(-rows // _MOST_ROWS)
    condition = f"rowid % {step} = 0" if step > 1 else "true"
    found = by_column(connection, positions, figures, lambda batch: stacked(batch, condition))
    return {position: tuple(values or ()) for position, (values,) in found.items()}
