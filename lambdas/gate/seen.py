"""Which test rows the champion was trained on: there it would shine without merit.

Rows are known by their content only, in the champion's own columns. Where rows are equal by
nature, a test row may equal one that the champion was trained on and be another one. To exclude all
of these would leave the rows that are rare, and of those the outcomes that are: champions would
look worse than they are. So there are two rules (docs/champions.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lambdas.gate.digests import Digests, joined
from lambdas.quality.intervals import Z

_FOUND_AGAIN = 0.99


def may_be_seen(test: Digests, seen: Digests) -> NDArray[np.bool_]:
    """Return a mask of the test rows with the features of a row that a model was trained on."""
    return np.isin(test.features, seen.features)


def unseen(test: Digests, learnt: Digests, seen: Digests, others: Digests) -> NDArray[np.bool_]:
    """Return a mask of the test rows by which champion and candidate are compared.

    Parameters
    ----------
    test, learnt : Digests
        The candidate's test rows, and those that it was trained and validated on.
    seen, others : Digests
        What the champion was trained and validated on, and its test rows.
    """
    file, before = joined([test, learnt]), joined([seen, others])
    if _share_found(before.records, file.records) >= _FOUND_AGAIN:
        return ~_drawn(test.records, _count(seen.records, test), _count(file.records, test))
    by_champion, by_candidate = may_be_seen(test, seen), may_be_seen(test, learnt)
    one, other = (by_champion & ~by_candidate).sum(), (by_candidate & ~by_champion).sum()
    # McNemar's test: are more rows known to the champion only than to the candidate only?
    if one - other > Z * np.sqrt(one + other):
        return ~(by_champion | by_candidate)
    return np.ones(len(by_champion), dtype=bool)


def _share_found(rows: NDArray[np.uint64], among: NDArray[np.uint64]) -> float:
    """Return the share of rows that have an equal one of their own among others."""
    values, counts = np.unique(rows, return_counts=True)
    return float(np.minimum(counts, _count(among, values)).sum() / max(1, len(rows)))


def _count(rows: NDArray[np.uint64], of: NDArray[np.uint64] | Digests) -> NDArray[np.int64]:
    """Return how many rows equal each of some values."""
    values, counts = np.unique(rows, return_counts=True)
    wanted = of.records if isinstance(of, Digests) else of
    if not len(values):
        return np.zeros(len(wanted), dtype=int)
    places = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[places] == wanted, counts[places], 0)


def _drawn(
    rows: NDArray[np.uint64], seen: NDArray[np.int64], in_all: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Draw, of equal rows, the part that was seen: systematically, so that it has its share."""
    drawn = seen >= in_all
    order = np.argsort(rows, kind="stable")
    order = order[~drawn[order]]
    steps = np.floor(np.cumsum(seen[order] / in_all[order]) + 0.5)
    drawn[order] = np.diff(steps, prepend=0.0) > 0
    return drawn
