"""Intervals of shares, of means of figures and of areas."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lambdas.quality.figure import Figure, Z, figure


def wilson_ends(successes: float, total: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval of a share of ``total`` > 0."""
    share = successes / total
    denominator = 1 + Z * Z / total
    centre = (share + Z * Z / (2 * total)) / denominator
    half = Z * math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def share(successes: float, total: float, method: str = "wilson") -> Figure | None:
    """Return a share; None where there is nothing to take a share of."""
    if total <= 0:
        return None
    return figure(successes / total, *wilson_ends(successes, total), method)


def f1_share(true: int, claimed: int, actual: int) -> Figure | None:
    """Return the F1 of a class.

    F1 = 2p / (1 + p), with p the share of right ones among all rows that are of the class or
    claimed for it; so Wilson's interval of p, put through the same formula, is that of F1.
    """
    right = share(true, claimed + actual - true)
    if right is None:
        return None
    value, low, high = (2 * p / (1 + p) for p in (right.value, right.low, right.high))
    return figure(value, low, high, "wilson")


def mean_of(figures: Sequence[Figure]) -> Figure | None:
    """Return the mean of the classes' figures, their distances to the ends added in quadrature."""
    if not figures:
        return None
    count = len(figures)
    value = sum(each.value for each in figures) / count
    below = math.sqrt(sum((each.value - each.low) ** 2 for each in figures)) / count
    above = math.sqrt(sum((each.high - each.value) ** 2 for each in figures)) / count
    return figure(value, value - below, value + above, "mover")


def logit_ends(value: float, error: float) -> tuple[float, float]:
    """Return the ends of an interval made on the logit scale; the value lies within (0, 1)."""
    centre, half = math.log(value / (1 - value)), Z * error / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-min(700.0, centre + side))) for side in (-half, half))
    return low, high


def newcombe_ends(area: float, positives: int, negatives: int) -> tuple[float, float]:
    """Return the ends of Newcombe's interval (method 5) of an area under the ROC curve.

    The true areas at which the observed one is Z standard errors away, with the variance of Hanley
    and McNeil (1982, Radiology 143:29) in which both class sizes are replaced by their mean.
    """
    return _crossing(area, 0.0, positives, negatives), _crossing(area, 1.0, positives, negatives)


def _crossing(area: float, end: float, positives: int, negatives: int) -> float:
    """Search between the observed area and an end of the scale."""
    inside, outside = area, end
    others = (positives + negatives) / 2 - 1
    for _ in range(60):
        true = (inside + outside) / 2
        spread = 1 + others * ((1 - true) / (2 - true) + true / (1 + true))
        variance = true * (1 - true) * spread / (positives * negatives)
        if (true - area) ** 2 <= Z * Z * variance:
            inside = true
        else:
            outside = true
    return (inside + outside) / 2
