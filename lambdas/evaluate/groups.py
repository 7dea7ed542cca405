"""Whether the model serves every group: the metrics for the rows of each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.scored import Scored
from lambdas.quality.tasks import described, figures

# Fewer rows say little (a share's interval is 40 points wide) and may point at persons.
FEWEST_ROWS = 20
_MOST_GROUPS = 20
_MOST_NUMBERS = 10  # more different numbers are compared by quarters
_QUARTERS = 4


def by_group(scored: Scored, groups: dict[str, tuple[Any, list[str]]]) -> list[dict[str, Any]]:
    """Return the metrics of each column's groups.

    Parameters
    ----------
    scored : Scored
    groups : dict
        By column: each row's number, and the groups' names.
    """
    return [_column(scored, name, *found) for name, found in groups.items()]


def _column(scored: Scored, column: str, numbers: Any, names: list[str]) -> dict[str, Any]:
    numbers, names = _quarters(numbers, names)
    sizes = np.bincount(numbers, minlength=len(names))
    shown = [int(index) for index in np.argsort(-sizes, kind="stable") if sizes[index] > 0]
    shown = [index for index in shown if sizes[index] >= FEWEST_ROWS][:_MOST_GROUPS]
    hidden = np.count_nonzero(sizes) - len(shown)
    return {
        "column": column,
        "fewest_rows": FEWEST_ROWS,
        "groups": [_group(scored.only(numbers == index), names[index]) for index in sorted(shown)],
        "not_shown": {
            "groups": int(hidden),
            "rows": int(sizes.sum() - sizes[shown].sum()),
        },
    }


def _group(scored: Scored, name: str) -> dict[str, Any]:
    found, undefined = figures(scored)
    return {
        "group": name or None,
        "rows": scored.rows,
        **described(found),
        "undefined": undefined,
    }


def _quarters(numbers: NDArray[np.int32], names: list[str]) -> tuple[NDArray[Any], list[str]]:
    """Put many different numbers into four ranges of about equal size; leave anything else."""
    values = _numbers(names)
    if values is None or len(names) <= _MOST_NUMBERS:
        return numbers, names
    of_rows = values[numbers]
    present = ~np.isnan(of_rows)
    inner = np.unique(np.quantile(of_rows[present], np.arange(1, _QUARTERS) / _QUARTERS))
    ranges = np.searchsorted(inner, of_rows, side="left")
    ranges[~present] = len(inner) + 1
    ends = [f"{end:g}" for end in inner]
    inside = [f"above {low} to {high}" for low, high in pairwise(ends)]
    return ranges, [f"up to {ends[0]}", *inside, f"above {ends[-1]}", ""]


def _numbers(names: list[str]) -> NDArray[np.float64] | None:
    """Return the names as numbers, NaN where they are empty; None where any is no number."""
    try:
        return np.array([float(name) if name else np.nan for name in names])
    except ValueError:
        return None
