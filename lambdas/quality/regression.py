"""Metrics of predicted numbers, in the target's unit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lambdas.quality.bootstrap import Resampled
from lambdas.quality.classes import Figures, Floats
from lambdas.quality.intervals import Figure, Z, figure
from lambdas.quality.scored import Scored

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_HISTOGRAM_BINS = 30
_SHOWN = 500
_SEED = 0


def regression_figures(scored: Scored) -> Figures:
    """Return every metric; None for those that these rows do not define."""
    errors = scored.predicted - scored.truth
    # Centred first: the variance of large numbers would drown in their squares' rounding.
    centred = scored.truth - scored.truth.mean()
    means = Resampled(np.stack([np.abs(errors), errors**2, errors, centred, centred**2]))

    def r2(mean: Floats) -> Floats:
        share: Floats = 1 - mean[1] / (mean[4] - mean[3] ** 2)
        return share

    return {
        "r2": means.figure(r2) if centred.any() else None,
        "mae": means.figure(lambda mean: mean[0]),
        "rmse": means.figure(lambda mean: np.sqrt(mean[1])),
        "median_absolute_error": _median(np.sort(np.abs(errors))),
        "mean_error": means.figure(lambda mean: mean[2]),
    }


def _median(ordered: Floats) -> Figure | None:
    """Return the median, between the ranks that contain the true one in 95% of samples."""
    rows, half = len(ordered), Z * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(rows / 2 - half))
    high = min(rows - 1, math.ceil(rows / 2 + half))
    return figure(float(np.median(ordered)), ordered[low], ordered[high], "order_statistics")


def residuals(scored: Scored) -> dict[str, Any]:
    """Describe the errors (predicted less actual): quantiles, histogram, some points to draw."""
    errors = scored.predicted - scored.truth
    heights, edges = np.histogram(errors, bins=_HISTOGRAM_BINS)
    shown = np.arange(scored.rows)
    if scored.rows > _SHOWN:
        generator = np.random.default_rng(_SEED)
        shown = np.sort(generator.choice(scored.rows, _SHOWN, replace=False))
    return {
        "quantiles": {
            f"{share:g}": float(value)
            for share, value in zip(_QUANTILES, np.quantile(errors, _QUANTILES), strict=True)
        },
        "histogram": {"edges": edges.tolist(), "rows": heights.tolist()},
        "sample": {
            "actual": scored.truth[shown].tolist(),
            "predicted": scored.predicted[shown].tolist(),
        },
    }
