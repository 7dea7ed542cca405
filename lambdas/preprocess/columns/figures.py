"""Distributions of columns, and their association with the target.

There is one measure for each pair of types, from 0 to 1; both adjusted measures subtract what
chance alone gives a column of many values.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from lambdas.drift.bins import LEVELS, Bins
from lambdas.drift.counts import Texts
from lambdas.preprocess.columns.cells import number, usable
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import by_column, labelled, stacked, stacks, used
from lambdas.preprocess.split.rows import Arrangement
from lambdas.shared.positive_class import PositiveClass

# A correlation this close to 1 is an equation, up to rounding.
_EQUATION = 0.99999
_BINS = 20
# Quantiles hold every number in memory: of more rows they come from every second, third, ... row.
_MOST_ROWS = 1_000_000
# Columns with more values are names or free text: nothing to count, and much to hold in memory.
MOST_VALUES = 1000
_OF_NUMBERS = "count(number), avg(number), var_pop(number), min(number), max(number)"


@dataclass(frozen=True)
class Association:
    """A column's association with the target.

    Parameters
    ----------
    measure : str
        ``pearson`` for two columns of numbers, ``correlation_ratio`` for numbers and classes,
        ``cramers_v`` for classes and classes.
    value : float
        From 0 (none) to 1; ``pearson`` from -1.
    determines : bool
        Whether the target follows from the column in every row it can be checked in.
    """

    measure: Literal["pearson", "correlation_ratio", "cramers_v"]
    value: float
    determines: bool


@dataclass(frozen=True)
class Part:
    """Numbers of one class: how many, their mean, population variance, least and greatest."""

    count: int
    mean: float
    variance: float
    least: float
    greatest: float


def pearson(correlation: float | None) -> Association | None:
    """Return the association of two columns of numbers; None if one does not vary."""
    if correlation is None or math.isnan(correlation):
        return None
    return Association("pearson", correlation, abs(correlation) > _EQUATION)


def correlation_ratio(parts: Sequence[Part]) -> Association | None:
    """Return the association of numbers and classes; None if nothing varies.

    Parameters
    ----------
    parts : sequence of Part
        The numbers of each class.

    Notes
    -----
    The square root of Kelley's ε² (1935), the adjusted form of Fisher's correlation ratio η².
    Classes whose ranges do not overlap are distinguished by the numbers alone.
    """
    filled = [part for part in parts if part.count]
    count = sum(part.count for part in filled)
    if count <= len(filled):
        return None
    mean = sum(part.count * part.mean for part in filled) / count
    within = sum(part.count * part.variance for part in filled)
    between = sum(part.count * (part.mean - mean) ** 2 for part in filled)
    if not within + between > 0:
        return None
    unexplained = within / (within + between) * (count - 1) / (count - len(filled))
    ordered = sorted(filled, key=lambda part: part.least)
    apart = all(a.greatest < b.least for a, b in itertools.pairwise(ordered))
    value = math.sqrt(max(0.0, 1 - unexplained))
    return Association("correlation_ratio", value, apart and len(filled) > 1)


def cramers_v(table: Sequence[Mapping[str, int]]) -> Association | None:
    """Return the association of classes and classes; None if one does not vary.

    Parameters
    ----------
    table : sequence of mapping
        For each value of the column its rows by class.

    Notes
    -----
    Cramér's V with the bias correction of Bergsma (Journal of the Korean Statistical Society 42,
    2013). Values in single rows prove nothing, so `determines` considers the others.
    """
    columns: dict[str, int] = {}
    for row in table:
        for label, count in row.items():
            columns[label] = columns.get(label, 0) + count
    total, height, width = sum(columns.values()), len(table), len(columns)
    if height < 2 or width < 2 or total < 2:
        return None
    squares = sum(
        count**2 / (sum(row.values()) * columns[label])
        for row in table
        for label, count in row.items()
    )
    free = (height - 1) * (width - 1) / (total - 1)
    corrected = max(0.0, squares - 1 - free)
    least = min(n - (n - 1) ** 2 / (total - 1) for n in (height, width)) - 1
    value = math.sqrt(min(1.0, corrected / least)) if least > 0 else 0.0
    return Association("cramers_v", value, _determines(table, total))


def _determines(table: Sequence[Mapping[str, int]], total: int) -> bool:
    repeated = [row for row in table if sum(row.values()) > 1]
    checked = sum(sum(row.values()) for row in repeated)
    pure = all(sum(count > 0 for count in row.values()) == 1 for row in repeated)
    return pure and checked * 2 > total


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
        Of all rows at `LEVELS`; empty without numbers.
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
    rows : int
        Rows of the file.
    """
    by_position = {found.position: found for found in profiles}
    found = quantiles(connection, by_position, rows)
    figures: dict[int, NumberFigures] = {}
    for batch in stacks(connection, by_position):
        edges = {position: bin_edges(by_position[position]) for position in batch}
        for position, own in _by_class(connection, edges, task).items():
            figures[position] = NumberFigures(
                edges=edges[position],
                counts={label: _counts(edges[position], cells[0]) for label, cells in own.items()},
                quantiles=found[position],
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


def _labels(task: str) -> str:
    return f"'' AS class, {number('label')} AS y" if task == "regression" else "label AS class"


def _by_class(
    connection: duckdb.DuckDBPyConnection, edges: dict[int, tuple[float, ...]], task: str
) -> dict[int, dict[str, tuple[Any, ...]]]:
    """Return what is asked of each column's numbers in each class."""
    correlation = "corr(x, y)" if task == "regression" else "NULL"
    # By position, as a join would take twice as long as all the rest.
    bins = [list(edges.get(n, (0.0, 0.0))[1:]) for n in range(max(edges) + 1)]
    found = connection.execute(
        "SELECT n, class, histogram(x, ?[n + 1]), count(x), avg(x), var_pop(x), min(x), max(x), "
        f"{correlation} FROM (SELECT *, {usable('cell')} AS x "
        f"FROM {labelled(list(edges), _labels(task))}) GROUP BY n, class ORDER BY class",
        [bins],
    ).fetchall()
    parts: dict[int, dict[str, tuple[Any, ...]]] = {position: {} for position in edges}
    for position, label, *cells in found:
        parts[position][label] = tuple(cells)
    return parts


def _counts(edges: Sequence[float], histogram: dict[float, int] | None) -> list[int]:
    return [(histogram or {}).get(edge, 0) for edge in edges[1:]]


def _association(own: dict[str, tuple[Any, ...]], task: str) -> Association | None:
    if task == "regression":
        return pearson(own[""][-1]) if own else None
    return correlation_ratio([Part(*cells[1:-1]) for cells in own.values() if cells[1]])


def quantiles(
    connection: duckdb.DuckDBPyConnection,
    positions: Iterable[int],
    rows: int,
    value: str = usable("cell"),
) -> dict[int, tuple[float, ...]]:
    """Return the quantiles of columns at `LEVELS`, by position; none without numbers.

    Parameters
    ----------
    rows : int
        Of the file.
    value : str
        SQL of the number that a cell is.
    """
    figures = f"quantile_cont({value}, {list(LEVELS)})"
    step = -(-rows // _MOST_ROWS)
    condition = f"rowid % {step} = 0" if step > 1 else "true"
    found = by_column(connection, positions, figures, lambda batch: stacked(batch, condition))
    return {position: tuple(values or ()) for position, (values,) in found.items()}


@dataclass(frozen=True)
class TextFigures:
    """Figures of one column of texts, over the rows that are used.

    Parameters
    ----------
    counts : dict
        Rows of each value, by value; the most frequent first.
    of_all_rows : Texts
        The same of all rows of the file.
    """

    counts: dict[str, int]
    association: Association | None
    of_all_rows: Texts


def text_figures(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], task: str
) -> dict[int, TextFigures]:
    """Return the figures of columns of texts with at most `MOST_VALUES` values, by position.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``data`` and ``usable``.
    """
    positions = [found.position for found in profiles if found.distinct <= MOST_VALUES]
    if task == "regression":
        label = f"{number('label')} AS number"
        rows = _rows(connection, positions, "cell", f"count(*), {_OF_NUMBERS}", label)
        return {position: _with_numbers(own) for position, own in rows.items()}
    rows = _rows(connection, positions, "label, cell", "count(*)")
    return {position: _with_classes(own) for position, own in rows.items()}


def _rows(
    connection: duckdb.DuckDBPyConnection,
    positions: Sequence[int],
    groups: str,
    figures: str,
    label: str = "label",
) -> dict[int, list[tuple[Any, ...]]]:
    """Return what is known of each column's values, in their order; labels of unused rows NULL."""
    found: dict[int, list[tuple[Any, ...]]] = {position: [] for position in positions}
    for batch in stacks(connection, positions):
        rows = connection.execute(
            f"SELECT n, {groups}, {figures} FROM {stacked(batch, key=label, source=used(batch))} "
            f"WHERE cell IS NOT NULL GROUP BY n, {groups} ORDER BY {groups}"
        ).fetchall()
        for position, *rest in rows:
            found[position].append(tuple(rest))
    return found


def _with_classes(found: Sequence[tuple[Any, ...]]) -> TextFigures:
    everywhere, rows = Counter[str](), dict[str, dict[str, int]]()
    for label, value, count in found:
        everywhere[value] += count
        if label is not None:
            rows.setdefault(value, {})[label] = count
    counts = {value: sum(row.values()) for value, row in rows.items()}
    return TextFigures(_ranked(counts), cramers_v(list(rows.values())), _texts(everywhere))


def _with_numbers(found: Sequence[tuple[Any, ...]]) -> TextFigures:
    own = {value: Part(*figures) for value, _, *figures in found if figures[0]}
    parts = list(own.values())
    association = correlation_ratio(parts)
    if association:
        # Ranges apart mean little here: it is each number that would have to follow.
        constant = sum(part.count for part in parts if part.count > 1 and part.variance == 0)
        follows = constant * 2 > sum(part.count for part in parts) and all(
            part.variance == 0 for part in parts
        )
        association = Association(association.measure, association.value, follows)
    counts = {value: part.count for value, part in own.items()}
    everywhere = {value: count for value, count, *_ in found}
    return TextFigures(_ranked(counts), association, _texts(everywhere))


def _texts(counts: Mapping[str, int]) -> Texts:
    return Texts(counts, sum(counts.values()))


def _ranked(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(Counter(counts).items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class DataProfile:
    """Columns, what was chosen of them, and their figures by position."""

    profiles: Sequence[Profile]
    features: Sequence[Feature]
    target: Target
    arrangement: Arrangement
    numbers: dict[int, NumberFigures]
    texts: dict[int, TextFigures]
    target_counts: dict[str, Any]
    bins: dict[int, Bins]
    positive: PositiveClass | None
