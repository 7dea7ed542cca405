"""Which test rows are shown one by one: some that are typical, and those that are most wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lambdas.quality.scored import Scored

EACH = 5
Positions = NDArray[np.int64]


def losses(scored: Scored) -> NDArray[np.float64]:
    """Return how wrong each answer is: by what the true class lacks, or a number's distance."""
    if scored.task == "regression":
        return np.asarray(np.abs(scored.predicted - scored.truth), dtype=np.float64)
    return np.asarray(1 - scored.probabilities[scored.truth, np.arange(scored.rows)])


def worst(scored: Scored) -> Positions:
    """Return the positions of the rows with the largest losses, the largest first."""
    return np.argsort(-losses(scored), kind="stable")[:EACH]


def typical(scored: Scored) -> Positions:
    """Return the positions of rows whose loss is the median of rows like them.

    They take turns: the classes, the most frequent first, or slices of equal size by the actual
    number.
    """
    loss, queues = losses(scored), []
    for like in _alike(scored):
        order = np.argsort(np.abs(loss[like] - np.median(loss[like])), kind="stable")
        queues.append(like[order])
    turns = [(place, number) for number, queue in enumerate(queues) for place in range(len(queue))]
    chosen = [queues[number][place] for place, number in sorted(turns)[:EACH]]
    return np.array(chosen, dtype=np.int64)


def _alike(scored: Scored) -> list[Positions]:
    if scored.task == "regression":
        order = np.argsort(scored.truth, kind="stable")
        return [part for part in np.array_split(order, EACH) if len(part)]
    counts = np.bincount(scored.truth, minlength=len(scored.labels))
    order = np.argsort(-counts, kind="stable")
    return [np.flatnonzero(scored.truth == label) for label in order if counts[label]]
