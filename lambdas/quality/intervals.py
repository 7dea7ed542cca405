"""A measured figure and how sure it is: intervals of shares, of means of figures and of areas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LEVEL = 0.95
Z = 1.959963984540054  # the normal distribution's 97.5 % point


@dataclass(frozen=True)
class Figure:
    """A metric's value with its interval.

    Parameters
    ----------
    value : float
    low, high : float
        Ends of the 95% confidence interval; the value is between them.
    method : str
        How the interval was made: a key of ``METHODS``.
    """

    value: float
    low: float
    high: float
    method: str

    def interval(self) -> dict[str, Any]:
        """Return the interval as in ``metrics.json``."""
        return {"low": self.low, "high": self.high, "method": self.method}


METHODS: Mapping[str, str] = {
    "wilson": "Wilson's score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209)",
    "mover": "Wilson intervals of the classes' figures, recovered into one of their mean (Zou and "
    "Donner 2008, Stat. Med. 27:1693)",
    "delong": "DeLong's variance on the logit scale (DeLong et al. 1988, Biometrics 44:837; "
    "Sun and Xu 2014, IEEE Signal Process. Lett. 21:1389)",
    "newcombe": "Newcombe's method 5, as the classes do not overlap (Newcombe 2006, Stat. Med. "
    "25:559)",
    "boyd": "binomial interval over the positive rows, in Wilson's form (Boyd, Eng and Page 2013, "
    "ECML PKDD, LNCS 8190:451)",
    "bootstrap": "seeded bootstrap of the test rows, percentiles (Efron 1979, Ann. Stat. 7:1)",
    "basic_bootstrap": "seeded bootstrap of the test rows, reflected at the value, which undoes "
    "the bias of calibration errors (Davison and Hinkley 1997, section 5.2)",
    "order_statistics": "ranks around the median, distribution-free (Conover 1999, section 3.2)",
}


def figure(value: float, low: float, high: float, method: str) -> Figure | None:
    """Return a figure, or None where rows do not define it (it is not finite)."""
    if not np.isfinite([value, low, high]).all():
        return None
    return Figure(float(value), float(min(low, value)), float(max(high, value)), method)


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


def f1_share(true_positives: int, predicted: int, actual: int) -> Figure | None:
    """Return the F1 of a class.

    F1 = 2p / (1 + p), with p the share of true positives among all rows that are of the class
    or predicted as it; so Wilson's interval of p, put through the same formula, is that of F1.
    """
    found = share(true_positives, predicted + actual - true_positives)
    if found is None:
        return None
    value, low, high = (2 * p / (1 + p) for p in (found.value, found.low, found.high))
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
    """Return the ends of an interval made on the logit scale; the value is within (0, 1)."""
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
