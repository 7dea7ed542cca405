"""Values of columns of texts, and their association with the target."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.association import Association, Part, correlation_ratio, cramers_v
from lambdas.preprocess.cells import number
from lambdas.preprocess.engine import batches
from lambdas.preprocess.profile import Profile

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
        return {position: _with_numbers(connection, position) for position in positions}
    figures: dict[int, TextFigures] = {}
    for batch in batches(positions):
        histograms = ", ".join(f"histogram(c{position})" for position in batch)
        columns = ", ".join(f"c{position}" for position in batch)
        by_class = connection.execute(
            f"SELECT label, {histograms} FROM (SELECT {columns} FROM data) "
            "POSITIONAL JOIN (SELECT label FROM usable) "
            "WHERE label IS NOT NULL GROUP BY label ORDER BY label"
        ).fetchall()
        for index, position in enumerate(batch):
            own = {row[0]: row[index + 1] or {} for row in by_class}
            figures[position] = _with_classes(own)
    return figures


def _with_classes(by_class: dict[str, dict[str, int]]) -> TextFigures:
    rows: dict[str, dict[str, int]] = {}
    for label, counts in by_class.items():
        for value, count in counts.items():
            rows.setdefault(value, {})[label] = count
    counts = {value: sum(row.values()) for value, row in rows.items()}
    return TextFigures(_ranked(counts), cramers_v(list(rows.values())))


def _with_numbers(connection: duckdb.DuckDBPyConnection, position: int) -> TextFigures:
    found: list[tuple[Any, ...]] = connection.execute(
        f"SELECT value, count(*), avg(y), var_pop(y), min(y), max(y) FROM (SELECT c{position} AS "
        f"value, {number('label')} AS y FROM (SELECT c{position} FROM data) "
        "POSITIONAL JOIN (SELECT label FROM usable) WHERE label IS NOT NULL) "
        "WHERE value IS NOT NULL GROUP BY value ORDER BY value"
    ).fetchall()
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
