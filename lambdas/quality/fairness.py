"""How much a model's rates differ between groups of rows: fairlearn's differences and ratios.

Rates and columns share the 5% that may go wrong (Bonferroni), so all intervals of a report hold
together with 95% confidence, and in 95% of reports on groups that are alike none differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import Resampled
from lambdas.quality.classes import Figures, Floats
from lambdas.quality.intervals import LEVEL, share
from lambdas.quality.pairs import compare
from lambdas.quality.scored import Scored
from lambdas.shared.group_size import FEWEST_ROWS

SIGNED = frozenset({"calibration_gap", "mean_error"})  # around 0, where a ratio says nothing
_SHARES = frozenset({"selection_rate", "sensitivity", "false_positive_rate", "accuracy"})


class Rate(NamedTuple):
    """A mean of figures per row, over those rows that it is of.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (rows,)
    among : numpy.ndarray of bool, shape (rows,)
    """

    values: Floats
    among: NDArray[np.bool_]


def rates(scored: Scored) -> Mapping[str, Rate]:
    """Return what is compared between groups."""
    every = np.ones(scored.rows, dtype=np.bool_)
    if scored.task == "regression":
        errors = scored.predicted - scored.truth
        return {"mae": Rate(np.abs(errors), every), "mean_error": Rate(errors, every)}
    if scored.positive is None:
        return {"accuracy": Rate((scored.predicted == scored.truth).astype(np.float64), every)}
    happened = scored.truth == scored.positive
    selected = (scored.predicted == scored.positive).astype(np.float64)
    return {
        "selection_rate": Rate(selected, every),
        "sensitivity": Rate(selected, happened),
        "false_positive_rate": Rate(selected, ~happened),
        "calibration_gap": Rate(scored.probabilities[scored.positive] - happened, every),
    }


def group_figures(scored: Scored) -> Figures:
    """Return the rates of a group that are no metrics of the task, and its share of positives."""
    if scored.positive is None:
        return {}
    found = rates(scored)
    positives, selected = found["sensitivity"].among, found["selection_rate"].values
    gap = Resampled(found["calibration_gap"].values[None])
    return {
        "positive_share": share(int(positives.sum()), scored.rows),
        "selection_rate": share(selected.sum(), scored.rows),
        "false_positive_rate": share(selected[~positives].sum(), int((~positives).sum())),
        "calibration_gap": gap.figure(lambda mean: mean[0]),
    }


def differences(
    scored: Scored, groups: NDArray[Any], names: Sequence[str | None], columns: int
) -> dict[str, dict[str, Any] | None]:
    """Compare each rate between the groups.

    Parameters
    ----------
    scored : Scored
    groups : numpy.ndarray of int, shape (rows,)
        Each row's position in ``names``, -1 for a row of no group.
    names : sequence of str or None
    columns : int
        How many columns' groups are compared: their intervals hold together.

    Returns
    -------
    dict
        By rate: ``difference`` (largest less smallest), ``ratio`` (smallest by largest), and
        whether any groups ``differ``; None where fewer than two groups have enough rows, or all
        rows are alike.
    """
    compared = rates(scored)
    error = (1 - LEVEL) / (len(compared) * columns)
    return {name: _compared(name, rate, groups, names, error) for name, rate in compared.items()}


def equalized_odds(found: Mapping[str, dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return the larger difference and the smaller ratio of sensitivity and false-positive rate.

    As the intervals of both hold together, theirs follows from them.
    """
    first, second = found.get("sensitivity"), found.get("false_positive_rate")
    if not first or not second:
        return None
    worse = {
        name: {end: choose(first[name][end], second[name][end]) for end in first[name]}
        for name, choose in {"difference": max, "ratio": min}.items()
    }
    return {**worse, "differs": first["differs"] or second["differs"]}


def _compared(
    name: str, rate: Rate, groups: NDArray[Any], names: Sequence[str | None], error: float
) -> dict[str, Any] | None:
    among = rate.among & (groups >= 0)
    sizes = np.bincount(groups[among], minlength=len(names))
    enough = np.flatnonzero(sizes >= FEWEST_ROWS)
    among &= np.isin(groups, enough)
    values = rate.values[among]
    if len(enough) < 2:
        return None
    pairs = compare(values, np.searchsorted(enough, groups[among]), error)
    if pairs is None:
        return None
    low, high = int(pairs.means.argmin()), int(pairs.means.argmax())
    value, least, most = pairs.difference()
    limit = 1.0 if name in _SHARES else math.inf
    return {
        "groups": len(enough),
        "smallest": {"group": names[enough[low]], "value": float(pairs.means[low])},
        "largest": {"group": names[enough[high]], "value": float(pairs.means[high])},
        "difference": _ends(value, max(0.0, least), min(limit, most)),
        "ratio": None if name in SIGNED else _ends(*pairs.ratio()),
        "differs": least > 0,
    }


def _ends(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}
