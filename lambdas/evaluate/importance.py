"""Permutation importance through the endpoint: how much worse it answers without a feature.

Breiman 2001, Mach. Learn. 45:5, section 10: a feature's cells are shuffled among the rows, so that
they say nothing any more, and the increase of the loss is the feature's importance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdas.evaluate.batches import SEED, Sample
from lambdas.evaluate.collect import Asks
from lambdas.evaluate.loading import with_answer
from lambdas.evaluate.rows import Row, cells_of, with_cell
from lambdas.quality.scored import Scored

_MOST_ROWS = 1_000  # of the sample
_FEWEST_ROWS = 50
_REPEATS = 3
_MOST_FEATURES = 200
_MOST_ANSWERS = 30_000  # to ask for in all
_MOST_SECONDS = 20.0


@dataclass(frozen=True)
class Plan:
    """How many rows are asked, and how often for each feature."""

    rows: int
    repeats: int


def plan(rows: int, features: int, rows_per_second: float) -> Plan | None:
    """Return what the bounds allow; None where they leave too few rows, or features are too many.

    Rows are reduced first, so that the result still averages several shuffles.
    """
    answers = min(_MOST_ANSWERS, rows_per_second * _MOST_SECONDS)
    fewest = min(rows, _FEWEST_ROWS)
    for repeats in range(_REPEATS, 0, -1):
        allowed = min(rows, _MOST_ROWS, int(answers / (features * repeats)))
        if allowed >= fewest:
            return Plan(allowed, repeats) if features <= _MOST_FEATURES else None
    return None


@dataclass(frozen=True)
class Shuffled:
    """One feature's cells shuffled among the sample's rows."""

    feature: int
    rows: list[Row]


def importance(
    endpoint: Asks, sample: Sample, scored: Scored, repeats: int, threads: int
) -> dict[str, Any]:
    """Measure every feature.

    Parameters
    ----------
    endpoint : Asks
    sample : Sample
    scored : Scored
        The sample's rows as they were answered.
    repeats : int
        Shufflings of each feature.
    threads : int
        Requests at a time.
    """
    unshuffled = loss(scored)
    increases: list[list[float]] = [[] for _ in sample.columns]

    def ask(shuffled: Shuffled) -> tuple[int, float]:
        answer = endpoint.ask(sample.batch(shuffled.rows))
        return shuffled.feature, loss(with_answer(answer, scored)) - unshuffled

    with ThreadPoolExecutor(threads) as pool:
        for feature, increase in _bounded(pool, ask, shufflings(sample, repeats), 2 * threads):
            increases[feature].append(increase)
    features = [
        {
            "name": name,
            "importance": float(np.mean(each)),
            "standard_deviation": float(np.std(each)),
        }
        for name, each in zip(sample.columns, increases, strict=True)
    ]
    return {
        "loss": "rmse" if scored.task == "regression" else "brier",
        "unshuffled_loss": unshuffled,
        "rows": scored.rows,
        "repeats": repeats,
        "seed": SEED,
        "features": sorted(features, key=lambda feature: -float(str(feature["importance"]))),
    }


def loss(scored: Scored) -> float:
    """Return the Brier score for classes, the root mean squared error for numbers.

    The Brier score (half of the squared distances over all classes, 0 to 1) is bounded: of a log
    loss, one row that is surely wrong may be more than all others together.
    """
    if scored.task == "regression":
        return float(np.sqrt(np.mean((scored.predicted - scored.truth) ** 2)))
    happened = np.zeros(scored.probabilities.shape)
    happened[scored.truth, np.arange(scored.rows)] = 1
    return float(((scored.probabilities - happened) ** 2).sum(axis=0).mean() / 2)


def shufflings(sample: Sample, repeats: int) -> Iterator[Shuffled]:
    """Yield the sample with each feature shuffled, as often as asked."""
    generator = np.random.default_rng(SEED)
    table = [cells_of(row.sent) for row in sample.rows]
    for feature in range(len(sample.columns)):
        for _ in range(repeats):
            order = generator.permutation(len(table))
            rows = zip(sample.rows, table, order.tolist(), strict=True)
            shuffled = [
                with_cell(row, own, feature, table[other][feature]) for row, own, other in rows
            ]
            yield Shuffled(feature, shuffled)


def _bounded(
    pool: ThreadPoolExecutor,
    ask: Callable[[Shuffled], tuple[int, float]],
    work: Iterable[Shuffled],
    ahead: int,
) -> Iterator[tuple[int, float]]:
    """Yield results in order, with no more work in memory than is in progress."""
    waiting = []
    for each in work:
        waiting.append(pool.submit(ask, each))
        if len(waiting) >= ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()
