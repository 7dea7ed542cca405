"""How strongly a column and the target go together: one measure for each pair of types, 0 to 1.

Both adjusted measures subtract what chance alone gives a column of many values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

# A correlation this close to 1 is an equation, up to rounding.
_EQUATION = 0.99999


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
    Classes whose ranges do not overlap are told apart by the numbers alone.
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
    2013). Values in single rows prove nothing, so `determines` looks at the others.
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
