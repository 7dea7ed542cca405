"""An estimator that answers alone, and the exact reasons of its answers, calibrated or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.serve.exact_shapley import LOG_ODDS, Exact, exact_shapley

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class SingleModel:
    """The only estimator of an ensemble.

    Parameters
    ----------
    model : estimator
    columns : numpy.ndarray of int
        The encoded columns that it takes.
    owners : list of str
        The feature of each of them.
    calibrations : numpy.ndarray, shape (calibrations, 2)
        What its probabilities go through, one after the other: see `Calibration`.
    base_rates : numpy.ndarray or None
        Shares of the classes; None for regression.
    """

    model: Any
    columns: NDArray[np.intp]
    owners: list[str]
    calibrations: Numbers
    base_rates: Numbers | None

    def exact(self, background: Numbers) -> tuple[str | None, Exact] | None:
        """Return unit and exact Shapley values of the answers; None where there are none.

        Parameters
        ----------
        background : numpy.ndarray, shape (rows, encoded columns)
        """
        found = exact_shapley(self.model, background[:, self.columns])
        change = self._change(found[0]) if found else None
        if found is None or change is None:
            return None
        (unit, own), (factor, summand) = found, change

        def exact(rows: Numbers) -> tuple[Numbers, Numbers]:
            contributions, base = own(rows[:, self.columns])
            return factor * contributions, factor * base + summand

        return unit, exact

    def _change(self, unit: str | None) -> tuple[float, Numbers | float] | None:
        """Return factor and summand that make the answers of the model's own outputs.

        A power multiplies log-odds, and a share of the base rates makes a mean of probabilities:
        Shapley values are multiplied likewise. None where calibration is not linear in the unit.
        """
        if self.base_rates is None:
            return 1.0, 0.0
        powers, shares = self.calibrations.T
        power, kept = float(powers.prod()), float((1 - shares).prod())
        if unit == LOG_ODDS:
            return (power, 0.0) if kept == 1 else None
        return (kept, (1 - kept) * self.base_rates) if power == 1 else None
