"""A measured figure and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
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
        Ends of the 95 % interval; the value lies between them.
    method : str
        How the interval was made: a key of ``METHODS``.
    """

    value: float
    low: float
    high: float
    method: str

    def interval(self) -> dict[str, Any]:
        """Return the interval as ``metrics.json`` holds it."""
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
    """Return a figure, or None where rows do not define it (it is no finite number)."""
    if not np.isfinite([value, low, high]).all():
        return None
    return Figure(float(value), float(min(low, value)), float(max(high, value)), method)
