"""The metrics of each group of test rows, and how much the groups differ."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.cells import numbers_of
from lambdas.quality.fairness import differences, equalized_odds, group_figures
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import described, figures
from lambdas.shared.group_size import FEWEST_ROWS

_MOST_GROUPS = 20
_MOST_NUMBERS = 10  # more different numbers are compared by quarters
_QUARTERS = 4


def by_group(
    scored: Scored, groups: dict[str, tuple[NDArray[np.int32], list[str]]]
) -> list[dict[str, Any]]:
    """Return the metrics of each column's groups.

    Parameters
    ----------
    scored : Scored
    groups : dict
        By column: each row's number, and the groups' names.
    """
    return [
        {"column": name} | _column(scored, *_quarters(*found), len(groups))
        for name, found in groups.items()
    ]


def _column(
    scored: Scored, numbers: NDArray[Any], names: list[str], columns: int
) -> dict[str, Any]:
    sizes = np.bincount(numbers, minlength=len(names))
    shown = [int(index) for index in np.argsort(-sizes, kind="stable") if sizes[index] > 0]
    shown = sorted([index for index in shown if sizes[index] >= FEWEST_ROWS][:_MOST_GROUPS])
    hidden = np.count_nonzero(sizes) - len(shown)
    place = np.full(len(names), -1)
    place[shown] = np.arange(len(shown))
    labels = [names[index] or None for index in shown]
    compared = differences(scored, place[numbers], labels, columns)
    return {
        "fewest_rows": FEWEST_ROWS,
        "groups": [
            _group(scored.only(numbers == index), label)
            for index, label in zip(shown, labels, strict=True)
        ],
        "differences": compared,
        "equalized_odds": equalized_odds(compared),
        "not_shown": {
            "groups": int(hidden),
            "rows": int(sizes.sum() - sizes[shown].sum()),
        },
    }


def _group(scored: Scored, name: str | None) -> dict[str, Any]:
    found, undefined = figures(scored)
    rates = {name: each for name, each in group_figures(scored).items() if each is not None}
    return {
        "group": name,
        "rows": scored.rows,
        **described(found | rates),
        "undefined": undefined,
    }


def _quarters(numbers: NDArray[np.int32], names: list[str]) -> tuple[NDArray[Any], list[str]]:
    """Put many different numbers into four ranges of about equal size; leave anything else."""
    values = numbers_of(names)
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
