"""Our figures of drift beside those of frouros, a library for drift, on the same rows.

It is no dependency, as it takes 0.35 GB with its own. To run it:

    python -m venv /tmp/frouros && /tmp/frouros/bin/pip install frouros==0.9.0
    PYTHONPATH=. /tmp/frouros/bin/python tests/bench/drift_agreement.py

Rows stand for their bins, 0, 1, 2 and so on, so that its histograms have the same. Its stability
index has no half row more in each bin, so that ours is a little smaller; the chi-squared test joins
no bins here, as all have enough rows.
"""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.drift.distances import (
    chance,
    jensen_shannon,
    kolmogorov_smirnov,
    stability_index,
)

TITLE = "Drift: our figures beside frouros'"
COLUMNS = ("figure", "data", "ours", "frouros'", "difference")
_BINS = 20
_ROWS = 5000


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each figure and change of the data."""
    batch = importlib.import_module("frouros.detectors.data_drift.batch")
    theirs = {
        "stability_index": batch.PSI(num_bins=_BINS),
        "jensen_shannon": batch.JS(num_bins=_BINS, base=2),
        "kolmogorov_smirnov": batch.KSTest(),
        "chance": batch.ChiSquareTest(),
    }
    for name, up in (("nothing changed", 0.0), ("0.2 deviations up", 0.2), ("1 up", 1.0)):
        before, now = _coded(1, 0.0), _coded(2, up)
        first, second = _counts(before), _counts(now)
        ours = {
            "stability_index": stability_index(first, second),
            "jensen_shannon": jensen_shannon(first, second),
            "kolmogorov_smirnov": kolmogorov_smirnov(first, second),
            "chance": chance(first, second, ordered=False),
        }
        for figure, detector in theirs.items():
            detector.fit(X=before)
            found: Any = detector.compare(X=now)[0]
            known = float(getattr(found, _FIELDS.get(figure, "distance")))
            yield figure, name, f"{ours[figure]:.6g}", f"{known:.6g}", f"{ours[figure] - known:.1e}"


_FIELDS = {"kolmogorov_smirnov": "statistic", "chance": "p_value"}


def _coded(seed: int, up: float) -> NDArray[np.int64]:
    edges = np.linspace(-2, 2, _BINS - 1)
    return np.searchsorted(edges, np.random.default_rng(seed).normal(up, 1, _ROWS))


def _counts(codes: NDArray[np.int64]) -> list[int]:
    return [int(count) for count in np.bincount(codes, minlength=_BINS)]


if __name__ == "__main__":
    for row in rows():
        sys.stdout.write("\t".join(row) + "\n")
