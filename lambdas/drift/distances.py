"""Distances between two distributions over the same bins, and what chance alone makes of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

Counts = Sequence[int]
# Cochran's rule for a chi-squared test asks for five rows; the far tails need more.
_FEWEST_EXPECTED = 10


def stability_index(before: Counts, now: Counts) -> float:
    """Return the population stability index.

    Parameters
    ----------
    before, now : sequence of int
        Rows in each bin. Each bin counts half a row more, as an empty one would make it infinite.

    Notes
    -----
    The sum of (p - q) ln(p / q) over the bins' shares: Jeffreys' divergence (Yurdakul and Naranjo,
    Journal of Risk Model Validation 14(4), 2020). By custom, 0.1 is a small change and 0.25 a large
    one (Siddiqi, Credit Risk Scorecards, 2006).
    """
    p, q = (_shares(each, 0.5) for each in (before, now))
    return sum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))


def index_by_chance(before: Counts, now: Counts) -> float:
    """Return the stability index to be expected if nothing has changed.

    Notes
    -----
    It is distributed as chi-squared with a degree of freedom less than bins, times the sum of one
    through the rows of each file (Yurdakul and Naranjo, as above).
    """
    return (len(before) - 1) * (1 / sum(before) + 1 / sum(now))


def jensen_shannon(before: Counts, now: Counts) -> float:
    """Return the Jensen-Shannon distance with logarithms to base 2, from 0 to 1.

    Notes
    -----
    Endres and Schindelin, IEEE Transactions on Information Theory 49(7), 2003.
    """
    p, q = _shares(before), _shares(now)
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return math.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2))


def kolmogorov_smirnov(before: Counts, now: Counts) -> float:
    """Return the largest difference of the cumulative shares at the bins' edges, from 0 to 1."""
    p, q = (accumulate(_shares(each)) for each in (before, now))
    return max(abs(a - b) for a, b in zip(p, q, strict=True))


def chance(before: Counts, now: Counts, *, ordered: bool) -> float:
    """Return how often two files of these sizes differ as much if nothing has changed.

    Parameters
    ----------
    ordered : bool
        Whether bins have an order, as those of numbers.

    Returns
    -------
    float
        The p-value of Pearson's chi-squared test of homogeneity, bins with few rows joined; 1 if
        too few rows can tell. Where there is an order, the Kolmogorov-Smirnov test sees shifts of
        which that finds too little in each bin: twice the smaller of both p-values (Bonferroni).
    """
    if len(before) == 2:
        return _chance_of_two(before, now)
    first, second = _joined(before, now, ordered=ordered)
    if len(first) < 2:
        return 1.0
    by_bins = chi_squared_tail(_chi_squared(first, second), len(first) - 1)
    if not ordered:
        return by_bins
    distance = kolmogorov_smirnov(before, now)
    return min(1.0, 2 * min(by_bins, kolmogorov_tail(distance, sum(before), sum(now))))


def _chance_of_two(before: Counts, now: Counts) -> float:
    """Return the same of two bins: by Fisher's exact test where chance puts few rows into one."""
    first, rows = before[0] + now[0], sum(before) + sum(now)
    few = min(first, rows - first)
    if few * min(sum(before), sum(now)) >= _FEWEST_EXPECTED * rows:
        return chi_squared_tail(_chi_squared(before, now), 1)
    count = now[0] if few == first else now[1]
    return min(1.0, 2 * min(_tails(count, few, sum(now), rows)))


def _tails(count: int, few: int, drawn: int, rows: int) -> tuple[float, float]:
    """Return how often at most, and at least, so many of few rows are among those drawn."""
    ends = range(max(0, few + drawn - rows), min(few, drawn) + 1)
    weights = [
        math.exp(_ways(few, k) + _ways(rows - few, drawn - k) - _ways(rows, drawn)) for k in ends
    ]
    place = count - ends.start
    return sum(weights[: place + 1]), sum(weights[place:])


def _ways(rows: int, drawn: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return math.lgamma(rows + 1) - math.lgamma(drawn + 1) - math.lgamma(rows - drawn + 1)


def _chi_squared(first: Counts, second: Counts) -> float:
    rows = sum(first) + sum(second)
    shares = sum(first) / rows, sum(second) / rows
    return sum(
        (count - (a + b) * share) ** 2 / ((a + b) * share)
        for a, b in zip(first, second, strict=True)
        for count, share in zip((a, b), shares, strict=True)
    )


def kolmogorov_tail(distance: float, before: int, now: int) -> float:
    """Return how often the Kolmogorov-Smirnov distance is larger if nothing has changed.

    Notes
    -----
    Kolmogorov's limit with the correction for few rows of Stephens (Journal of the Royal
    Statistical Society B 32, 1970). Between the bins' edges the distance may be larger, so that
    this is too large rather than too small.
    """
    root = math.sqrt(before * now / (before + now))
    value = (root + 0.12 + 0.11 / root) * distance
    if value < 0.3:
        return 1.0  # where the sum converges slowly, it is 1 to nine digits
    terms = (math.copysign(math.exp(-2 * (k * value) ** 2), k % 2 - 0.5) for k in range(1, 20))
    return max(0.0, min(1.0, 2 * sum(terms)))


def chi_squared_tail(statistic: float, freedom: int) -> float:
    """Return the probability that a chi-squared variable exceeds a value.

    Notes
    -----
    Whole degrees of freedom have a finite sum (Abramowitz and Stegun, 1964, 26.4.4 and 26.4.5).
    """
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    begin = freedom % 2 / 2  # 0 or one half
    tail = math.erfc(math.sqrt(half)) if begin else 0.0
    terms = (
        math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        for power in (begin + step for step in range(freedom // 2))
    )
    return min(1.0, tail + sum(terms))


def holm(chances: Sequence[float], level: float) -> list[bool]:
    """Return which of many differences are more than chance, all of them together.

    Parameters
    ----------
    level : float
        How often, if nothing has changed, any one of them may be taken for a difference.

    Notes
    -----
    Holm, Scandinavian Journal of Statistics 6(2), 1979: valid however the columns depend on each
    other.
    """
    found = [False] * len(chances)
    order = sorted(range(len(chances)), key=chances.__getitem__)
    for rank, place in enumerate(order):
        if chances[place] > level / (len(chances) - rank):
            break
        found[place] = True
    return found


def _shares(counts: Counts, more: float = 0.0) -> list[float]:
    rows = sum(counts) + more * len(counts)
    return [(count + more) / rows for count in counts]


def _divergence(p: Sequence[float], q: Sequence[float]) -> float:
    return sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True) if a)


def _joined(before: Counts, now: Counts, *, ordered: bool) -> tuple[list[int], list[int]]:
    """Join bins until chance alone would put enough rows of either file into each."""
    rows = sum(before) + sum(now)
    if not sum(before) or not sum(now):
        return [], []
    fewest = _FEWEST_EXPECTED * rows / min(sum(before), sum(now))
    pairs = list(zip(before, now, strict=True))
    if not ordered:
        pairs.sort(key=sum, reverse=True)
    joined: list[tuple[int, int]] = []
    a = b = 0
    for more_a, more_b in pairs:
        a, b = a + more_a, b + more_b
        if a + b >= fewest:
            joined.append((a, b))
            a = b = 0
    if (a or b) and joined:
        last_a, last_b = joined.pop()
        joined.append((last_a + a, last_b + b))
    return [a for a, _ in joined], [b for _, b in joined]
