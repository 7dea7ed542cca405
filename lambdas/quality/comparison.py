"""Compare two models' answers to the same rows by one metric, with a paired interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.bootstrap import MOST_REPLICATES, SEED, Resampled
from lambdas.quality.classes import Counts, Floats, mean_over_classes
from lambdas.quality.intervals import Z
from lambdas.quality.ranking import area
from lambdas.quality.scored import Scored
from lambdas.shared.settings.gate import LOWER_IS_BETTER

# DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837: the areas' covariance is that of their
# structural components, row by row.
DELONG = "DeLong's paired interval"
# Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13: percentile interval; both
# models are measured on the same resampled rows.
BOOTSTRAP = "paired bootstrap, seeded"
_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Comparison:
    """How much better the candidate is than another; all figures None if undefined.

    Parameters
    ----------
    metric, method : str
    rows : int
        Rows compared.
    candidate, other : float or None
        The metric of either.
    gain, low, high : float or None
        How much better the candidate is, positive whichever way the metric points, and its
        95% confidence interval.
    """

    metric: str
    method: str
    rows: int
    candidate: float | None = None
    other: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None


def compare(metric: str, candidate: Scored, other: Scored) -> Comparison:
    """Compare two models on the rows they share.

    Parameters
    ----------
    metric : str
    candidate, other : Scored
        With the same truth and labels, row by row: see `aligned`.
    """
    method = DELONG if metric == "roc_auc" else BOOTSTRAP
    nothing = Comparison(metric, method, candidate.rows)
    if not candidate.rows:
        return nothing
    measure = _areas if metric == "roc_auc" else _shares if metric in OF_COUNTS else _means
    first, second, ends = measure(metric, candidate, other)
    if not all(map(math.isfinite, (first, second, *ends))):
        return nothing
    sign = -1 if metric in LOWER_IS_BETTER else 1
    low, high = sorted(sign * end for end in ends)
    return replace(
        nothing, candidate=first, other=second, gain=sign * (first - second), low=low, high=high
    )


def aligned(first: Scored, second: Scored) -> tuple[Scored, Scored]:
    """Bring the classes of two models into one order; either may know some that the other lacks."""
    labels = tuple(sorted({*first.labels, *second.labels}))
    return _relabelled(first, labels), _relabelled(second, labels)


def _relabelled(scored: Scored, labels: tuple[str, ...]) -> Scored:
    if scored.labels == labels:
        return scored
    place = np.array([labels.index(label) for label in scored.labels])
    probabilities = np.zeros((len(labels), scored.rows))
    probabilities[place] = scored.probabilities
    return replace(
        scored,
        truth=place[scored.truth],
        predicted=place[scored.predicted],
        labels=labels,
        probabilities=probabilities,
        positive=None if scored.positive is None else int(place[scored.positive]),
    )


Measured = tuple[float, float, tuple[float, float]]
_UNDEFINED: Measured = (math.nan, math.nan, (math.nan, math.nan))


def _areas(_: str, candidate: Scored, other: Scored) -> Measured:
    positive = candidate.positive
    if positive is None:
        return _UNDEFINED
    is_positive = candidate.truth == positive
    first, second = (
        area(scored.probabilities[positive], is_positive) for scored in (candidate, other)
    )
    if first is None or second is None:
        return _UNDEFINED
    gain = first.value - second.value
    half = Z * math.sqrt(float(np.var(first.influence - second.influence)) / candidate.rows)
    return first.value, second.value, (gain - half, gain + half)


def _shares(metric: str, candidate: Scored, other: Scored) -> Measured:
    """Resample rows of one kind (truth, one prediction, the other prediction) at once.

    They are alike, so a resample of the rows is a draw of how many there are of each kind: exact,
    and as quick for a million rows.
    """
    kinds, rows = np.unique(
        np.stack([candidate.truth, candidate.predicted, other.predicted]),
        axis=1,
        return_counts=True,
    )
    by_class = np.eye(len(candidate.labels))[kinds]  # shape (3, kinds, classes)
    positive = -1 if candidate.positive is None else candidate.positive

    def measured(samples: NDArray[np.int64]) -> Floats:
        """Return the metric of both models, shape (2, samples)."""
        actual = samples @ by_class[0]
        counted = (
            Counts(actual, samples @ each, samples @ (by_class[0] * each)) for each in by_class[1:]
        )
        return np.stack([OF_COUNTS[metric](counts, positive) for counts in counted])

    generator = np.random.default_rng(SEED)
    step = max(1, _CELLS_AT_ONCE // (len(rows) + 6 * len(candidate.labels)))
    sizes = [min(step, MOST_REPLICATES - start) for start in range(0, MOST_REPLICATES, step)]
    total = int(rows.sum())
    drawn = (generator.multinomial(total, rows / total, size=size) for size in sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = measured(rows[None, :])[:, 0]
        first, second = np.concatenate([measured(each) for each in drawn], axis=1)
    return float(values[0]), float(values[1]), _ends(first - second)


def _means(metric: str, candidate: Scored, other: Scored) -> Measured:
    losses = [_losses(metric, scored) for scored in (candidate, other)]
    if metric == "r2":
        # Centred, so that the variance does not vanish next to the square of a large mean.
        truth = candidate.truth - candidate.truth.mean()
        losses += [truth, truth**2]
    resampled = Resampled(np.stack(losses))
    finish = _FINISH.get(metric, _as_they_are)
    with np.errstate(divide="ignore", invalid="ignore"):
        values, samples = finish(resampled.means), finish(resampled.resampled)
    return float(values[0]), float(values[1]), _ends(samples[0] - samples[1])


def _as_they_are(means: Floats) -> Floats:
    return means[:2]


def _ends(gains: Floats) -> tuple[float, float]:
    """Return the percentile interval; resamples that do not define the metric don't count."""
    defined = gains[np.isfinite(gains)]
    if not len(defined):
        return math.nan, math.nan
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def _losses(metric: str, scored: Scored) -> Floats:
    error = scored.predicted - scored.truth
    losses: Floats = np.abs(error) if metric == "mae" else error**2
    return losses


_FINISH: Mapping[str, Callable[[Floats], Floats]] = {
    "rmse": lambda means: np.sqrt(means[:2]),
    "r2": lambda means: 1 - means[:2] / (means[3] - means[2] ** 2),
}


OF_COUNTS: Mapping[str, Callable[[Counts, int], Floats]] = {
    "accuracy": lambda counts, _: counts.accuracy,
    "balanced_accuracy": lambda counts, _: mean_over_classes(counts.recalls),
    "f1": lambda counts, positive: counts.f1[:, positive],
    "f1_macro": lambda counts, _: mean_over_classes(counts.f1),
    "sensitivity": lambda counts, positive: counts.recalls[:, positive],
    "specificity": lambda counts, positive: counts.recalls[:, 1 - positive],
}
