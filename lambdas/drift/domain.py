"""How well a model can tell the rows of two files from each other, all columns together.

Where it can, the files differ, even if each column for itself has hardly changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from lambdas.drift.bins import Bins, NumberBins
from lambdas.drift.distances import index_by_chance, stability_index

# A large index of one normal column, 0.25, lets its rows be told with 0.64.
FAR = 0.65
_FEWEST_ROWS = 40  # of either file, to learn from half of them
_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_GROUPS = 6
_MORE = 0.5  # a row in each bin that is empty


@dataclass(frozen=True)
class Domain:
    """How well rows of two files are told apart.

    Parameters
    ----------
    auc : float
        Area under the ROC curve: how often a row of now looks newer than one of before; one half
        if nothing has changed.
    low, high : float
        Its 95% confidence interval.
    before, now : int
        Rows that were compared.
    """

    auc: float
    low: float
    high: float
    before: int
    now: int

    @property
    def is_far(self) -> bool:
        """Whether that is more than chance, and as much as counts."""
        return self.low > 0.5 and self.auc >= FAR

    def to_json(self) -> dict[str, Any]:
        """Return it as in ``drift.json``."""
        rows = {"before": self.before, "now": self.now}
        return {"auc": self.auc, "low": self.low, "high": self.high, "rows": rows}


def domain(
    before: Mapping[str, bytes], now: Mapping[str, bytes], bins: Mapping[str, Bins]
) -> Domain | None:
    """Let naive Bayes learn to tell the files' rows from half of either, and try the other half.

    Parameters
    ----------
    before, now : mapping of str to bytes
        The bins of rows in random order, by column.
    bins : mapping of str to NumberBins or TextBins
        Those that the numbers are of; the one after the last is that of missing cells.

    Returns
    -------
    Domain or None
        None where there are too few rows or no columns.

    Notes
    -----
    The logarithm of each bin's share now to its share before is shrunk by what chance alone would
    make of the column's stability index (as James and Stein's estimator, its positive part), so
    that columns in which nothing has changed add no noise. Neighbouring bins of numbers are joined
    to about six, of which the weights can be learnt from few rows. What is only in how columns hang
    together is not seen. The area's standard error is DeLong's (Biometrics 44, 1988); each half is
    tried with what the other has taught, and as both areas rest on the same difference of the
    files, the mean of their errors is that of their mean.
    """
    names = [name for name in bins if name in before and name in now]
    rows = [len(next((file[name] for name in names), b"")) for file in (before, now)]
    if min(rows) < _FEWEST_ROWS:
        return None
    columns = [_column(before[name], now[name], bins[name]) for name in names]
    areas = [_area(*_scores(columns, half)) for half in (0, 1)]
    auc, error = (sum(each) / 2 for each in zip(*areas, strict=True))
    low, high = max(0.0, auc - _Z * error), min(1.0, auc + _Z * error)
    return Domain(auc, low, high, rows[0], rows[1])


_Halves = tuple[bytes, bytes]


def _column(before: bytes, now: bytes, bins: Bins) -> tuple[_Halves, _Halves, int]:
    """Return the halves of a column's rows and how many bins they have."""
    count = len(bins.counts) + 1
    if isinstance(bins, NumberBins):
        rows = [before.count(code) + now.count(code) for code in range(count - 1)]
        groups = list(_groups(rows))
        groups.append(groups[-1] + 1)
        table = bytes([*groups, *([0] * (256 - count))])
        before, now, count = before.translate(table), now.translate(table), groups[-1] + 1
    return (before[::2], before[1::2]), (now[::2], now[1::2]), count


def _groups(rows: Sequence[int]) -> Iterator[int]:
    """Yield the group of each bin: neighbours until they have a sixth of the rows."""
    group = held = 0
    least, rest = sum(rows) / _GROUPS, sum(rows)
    for each in rows:
        yield group
        held, rest = held + each, rest - each
        if held >= least and rest >= least / 2:
            group, held = group + 1, 0


def _scores(
    columns: Sequence[tuple[_Halves, _Halves, int]], half: int
) -> tuple[list[float], list[float]]:
    """Return how new the rows of a half look, before and now, by what the other half has taught."""
    other = 1 - half
    (one, two, _), *_ = columns
    first, second = [0.0] * len(one[half]), [0.0] * len(two[half])
    for before, now, bins in columns:
        counts = [[each[other].count(code) for code in range(bins)] for each in (before, now)]
        weights = _weights(*counts)
        if any(weights):
            first = list(map(add, first, map(weights.__getitem__, before[half])))
            second = list(map(add, second, map(weights.__getitem__, now[half])))
    return first, second


def _weights(before: Sequence[int], now: Sequence[int]) -> list[float]:
    index = stability_index(before, now)
    kept = max(0.0, 1 - index_by_chance(before, now) / index) if index > 0 else 0.0
    more = _MORE * len(before)
    usual = math.log((sum(before) + more) / (sum(now) + more))
    return [
        kept * (math.log((b + _MORE) / (a + _MORE)) + usual)
        for a, b in zip(before, now, strict=True)
    ]


def _area(before: Sequence[float], now: Sequence[float]) -> tuple[float, float]:
    """Return the area under the ROC curve and its standard error, equal scores counted half."""
    ranks = list(_ranks([*now, *before]))
    own = [*_ranks(now), *_ranks(before)]
    below = [rank - within for rank, within in zip(ranks, own, strict=True)]
    won = [each / len(before) for each in below[: len(now)]]
    lost = [1 - each / len(now) for each in below[len(now) :]]
    auc = sum(won) / len(won)
    return auc, math.sqrt(_variance(won, auc) + _variance(lost, auc))


def _variance(parts: Sequence[float], mean: float) -> float:
    """Return the variance of a mean."""
    return sum((part - mean) ** 2 for part in parts) / (len(parts) - 1) / len(parts)


def _ranks(scores: Sequence[float]) -> Iterator[float]:
    """Yield each score's rank from 1, the middle one of equal scores."""
    ordered = sorted(scores)
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for place, score in enumerate(ordered, start=1):
        first.setdefault(score, place)
        last[score] = place
    return ((first[score] + last[score]) / 2 for score in scores)
