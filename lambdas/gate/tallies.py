"""Metrics of the confusion matrix for two models at once, resampled together.

Rows of one kind (truth, one prediction, the other prediction) are alike, so a resample of the rows
is a draw of how many there are of each kind: exact, and no dearer for a million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdas.evaluate.scored import Scored
from lambdas.quality.bootstrap import MOST_REPLICATES, SEED

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Tally:
    """By sample and class: rows of the class, rows predicted as it, rows of both kinds."""

    true: Any
    predicted: Any
    right: Any


class Tallies:
    """Two models' answers, counted by kind of row."""

    def __init__(self, candidate: Scored, other: Scored) -> None:
        self._classes = len(candidate.labels)
        self._positive = candidate.positive if candidate.positive is not None else -1
        self._kinds, self._counts = np.unique(
            np.stack([candidate.truth, candidate.predicted, other.predicted]),
            axis=1,
            return_counts=True,
        )

    def measure(self, metric: str) -> tuple[Any, Any]:
        """Return the metric of both models, shape (2,), and resampled, shape (2, replicates)."""
        rows = int(self._counts.sum())
        generator = np.random.default_rng(SEED)
        step = max(1, _CELLS_AT_ONCE // (len(self._counts) + 6 * self._classes))
        parts = [
            self._of(metric, generator.multinomial(rows, self._counts / rows, size=size))
            for size in _sizes(MOST_REPLICATES, step)
        ]
        return self._of(metric, self._counts[None, :])[:, 0], np.concatenate(parts, axis=1)

    def _of(self, metric: str, sample: Any) -> Any:
        function = OF_TALLIES[metric]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack(
                [function(self._tally(sample, model), self._positive) for model in (1, 2)]
            )

    def _tally(self, sample: Any, model: int) -> Tally:
        is_true = np.eye(self._classes)[self._kinds[0]]
        is_predicted = np.eye(self._classes)[self._kinds[model]]
        return Tally(sample @ is_true, sample @ is_predicted, sample @ (is_true * is_predicted))


def _sizes(total: int, step: int) -> list[int]:
    return [min(step, total - start) for start in range(0, total, step)]


def _mean(by_class: Any) -> Any:
    """Average over the classes that occur, shape (samples, classes) to (samples,)."""
    occurs = np.isfinite(by_class)
    return np.where(occurs, by_class, 0).sum(axis=1) / occurs.sum(axis=1)


def _recalls(tally: Tally) -> Any:
    return tally.right / tally.true


def _f1(tally: Tally) -> Any:
    return 2 * tally.right / (tally.true + tally.predicted)


OF_TALLIES: Mapping[str, Callable[[Tally, int], Any]] = {
    "accuracy": lambda tally, _: tally.right.sum(axis=1) / tally.true.sum(axis=1),
    "balanced_accuracy": lambda tally, _: _mean(_recalls(tally)),
    "f1": lambda tally, positive: _f1(tally)[:, positive],
    "f1_macro": lambda tally, _: _mean(_f1(tally)),
    "sensitivity": lambda tally, positive: _recalls(tally)[:, positive],
    "specificity": lambda tally, positive: _recalls(tally)[:, 1 - positive],
}
