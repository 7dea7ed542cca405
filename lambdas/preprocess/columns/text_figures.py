"""Values of columns of texts, and their association with the target."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.columns.association import Association, Part, correlation_ratio, cramers_v
from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.stacked import labelled, stacks

# Columns with more values are names or free text: nothing to count, and much to hold in memory.
MOST_VALUES = 1000


@dataclass(frozen=True)
class TextFigures:
    """Figures of one column of texts, over the rows that are used.

    Parameters
    ----------
    counts : dict
        Rows of each value, by value; the most frequent first.
    association : Association or None
    """

    counts: dict[str, int]
    association: Association | None


def text_figures(
    connection: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], task: str
) -> dict[int, TextFigures]:
    """Return the figures of columns of texts with at most `MOST_VALUES` values, by position.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``data`` and ``usable``.
    profiles : sequence of Profile
    task : str
    """
    positions = [found.position for found in profiles if found.distinct <= MOST_VALUES]
    if task == "regression":
        rows = _rows(connection, positions, "cell", _OF_NUMBERS, f"{number('label')} AS number")
        return {position: _with_numbers(own) for position, own in rows.items()}
    rows = _rows(connection, positions, "label, cell", "count(*)")
    return {position: _with_classes(own) for position, own in rows.items()}


_OF_NUMBERS = "count(*), avg(number), var_pop(number), min(number), max(number)"


def _rows(
    connection: duckdb.DuckDBPyConnection,
    positions: Sequence[int],
    groups: str,
    figures: str,
    label: str = "label",
) -> dict[int, list[tuple[Any, ...]]]:
    """Return what is known of each column's values, in their order."""
    found: dict[int, list[tuple[Any, ...]]] = {position: [] for position in positions}
    for batch in stacks(connection, positions):
        rows = connection.execute(
            f"SELECT n, {groups}, {figures} FROM {labelled(batch, label)} "
            f"WHERE cell IS NOT NULL GROUP BY n, {groups} ORDER BY {groups}"
        ).fetchall()
        for position, *rest in rows:
            found[position].append(tuple(rest))
    return found


def _with_classes(found: Sequence[tuple[Any, ...]]) -> TextFigures:
    rows: dict[str, dict[str, int]] = {}
    for label, value, count in found:
        rows.setdefault(value, {})[label] = count
    counts = {value: sum(row.values()) for value, row in rows.items()}
    return TextFigures(_ranked(counts), cramers_v(list(rows.values())))


def _with_numbers(found: Sequence[tuple[Any, ...]]) -> TextFigures:
    parts = [Part(*figures) for _, *figures in found]
    association = correlation_ratio(parts)
    if association:
        # Ranges apart mean little here: it is each number that would have to follow.
        constant = sum(part.count for part in parts if part.count > 1 and part.variance == 0)
        follows = constant * 2 > sum(part.count for part in parts) and all(
            part.variance == 0 for part in parts
        )
        association = Association(association.measure, association.value, follows)
    return TextFigures(_ranked({value: count for value, count, *_ in found}), association)


def _ranked(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(Counter(counts).items(), key=lambda item: (-item[1], item[0])))
