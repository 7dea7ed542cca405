"""How good answers to rows held out are, once probabilities are calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.fit.data import Data
from training.model.calibration import Calibration, calibrate, find_calibration, log_loss

Numbers = NDArray[np.float64]
Rows = NDArray[np.bool_] | NDArray[np.intp]


class Judge:
    """Says how good answers to the rows held out are.

    Parameters
    ----------
    data : Data
    rows : numpy.ndarray of bool or int
        Which of all rows were held out.
    may_calibrate : bool
    """

    def __init__(
        self, data: Data, rows: NDArray[np.bool_] | NDArray[np.intp], *, may_calibrate: bool
    ) -> None:
        self._rates = data.base_rates
        self._truth = data.target[rows] if self._rates is None else data.numbers[rows]
        self._may_calibrate = may_calibrate

    @property
    def fewest(self) -> int:
        """Number of the rarest class's rows; of all rows where numbers are predicted."""
        return len(self._truth) if self._rates is None else int(np.bincount(self._truth).min())

    def calibration(self, outputs: Numbers) -> Calibration:
        """Return the calibration that probabilities need."""
        if self._rates is None or not self._may_calibrate:
            return Calibration()
        return find_calibration(outputs, self._truth, self._rates)

    def calibrated(self, outputs: Numbers, calibration: Calibration) -> Numbers:
        """Return changed probabilities; numbers as they are."""
        return outputs if self._rates is None else calibrate(outputs, calibration, self._rates)

    def loss(self, outputs: Numbers) -> float:
        """Return the log loss of probabilities, the root mean squared error of numbers."""
        if self._rates is not None:
            return log_loss(outputs, self._truth)
        return float(np.sqrt(np.mean((outputs - self._truth) ** 2)))
