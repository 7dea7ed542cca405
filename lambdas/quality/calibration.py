"""Whether probabilities can be taken at their word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import MOST_REPLICATES, SEED, from_spread
from lambdas.quality.intervals import LEVEL, Figure, wilson_ends

BINS = 10
_KINDS = 100


def bins(probabilities: NDArray[np.float64], happened: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Compare predicted probabilities with observed shares in ten equally wide bins.

    Parameters
    ----------
    probabilities : numpy.ndarray of float64, shape (rows,)
    happened : numpy.ndarray of bool, shape (rows,)
    """
    place = _bin(probabilities)
    rows = np.bincount(place, minlength=BINS)
    predicted = np.bincount(place, probabilities, minlength=BINS)
    observed = np.bincount(place, happened, minlength=BINS)
    found = []
    for index in np.flatnonzero(rows):
        low, high = wilson_ends(float(observed[index]), int(rows[index]))
        found.append(
            {
                "from": index / BINS,
                "to": (index + 1) / BINS,
                "rows": int(rows[index]),
                "mean_probability": float(predicted[index] / rows[index]),
                "observed": float(observed[index] / rows[index]),
                "observed_low": low,
                "observed_high": high,
            }
        )
    return found


def calibration_error(
    probabilities: NDArray[np.float64], happened: NDArray[np.bool_]
) -> Figure | None:
    """Return the expected calibration error: the bins' mean difference, weighted by their rows.

    Naeini, Cooper and Hauskrecht 2015, AAAI; ten equally wide bins. Chance alone makes it positive,
    so the interval begins at 0 where probabilities that were true would often err as much.
    """
    rows, kinds = len(probabilities), _Kinds(probabilities, happened)
    value = float(np.abs(np.bincount(_bin(probabilities), happened - probabilities)).sum() / rows)
    found = from_spread(value, kinds.resampled(), "basic_bootstrap")
    if found is not None and value <= np.percentile(kinds.if_true(), 100 * LEVEL):
        return replace(found, low=0.0)
    return found


class _Kinds:
    """Rows grouped by percentage, so that resampling them costs the same however many there are.

    Drawing rows is then drawing how many there are of each kind.
    """

    def __init__(self, probabilities: NDArray[np.float64], happened: NDArray[np.bool_]) -> None:
        self._rows = len(probabilities)
        percent = np.minimum((probabilities * _KINDS).astype(np.int64), _KINDS - 1)
        kind = percent * 2 + happened
        self._sizes = np.bincount(kind, minlength=2 * _KINDS)
        self._predicted = np.bincount(percent, probabilities, minlength=_KINDS)
        gaps = np.bincount(kind, happened - probabilities, minlength=2 * _KINDS)
        used = self._sizes > 0
        self._gaps = np.divide(gaps, self._sizes, out=np.zeros(2 * _KINDS), where=used)
        self._generator = np.random.default_rng(SEED)

    def resampled(self) -> NDArray[np.float64]:
        """Return errors of the resampled rows, shape (replicates,)."""
        shares = self._sizes / self._rows
        drawn = self._generator.multinomial(self._rows, shares, size=MOST_REPLICATES)
        return self._error(drawn * self._gaps)

    def if_true(self) -> NDArray[np.float64]:
        """Return errors that chance makes where every probability is true, shape (replicates,)."""
        rows = self._sizes.reshape(_KINDS, 2).sum(axis=1)
        predicted = np.divide(self._predicted, rows, out=np.zeros(_KINDS), where=rows > 0).clip(
            0, 1
        )
        happened = self._generator.binomial(rows, predicted, size=(MOST_REPLICATES, _KINDS))
        return self._error(happened - self._predicted)

    def _error(self, gaps: NDArray[Any]) -> NDArray[np.float64]:
        by_bin = gaps.reshape(MOST_REPLICATES, BINS, -1).sum(axis=2)
        errors: NDArray[np.float64] = np.abs(by_bin).sum(axis=1) / self._rows
        return errors


def _bin(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)
