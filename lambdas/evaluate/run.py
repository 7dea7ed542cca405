"""From the test split and a live endpoint to predictions and metrics."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from lambdas.evaluate.answers import Answer
from lambdas.evaluate.batches import Batch, Batches
from lambdas.shared.errors import EndpointRejected

THREADS = 4
_AHEAD = 2 * THREADS  # batches in memory at a time


class Asks(Protocol):
    """Anything that answers batches, such as ``Endpoint``."""

    def ask(self, batch: Batch) -> Answer:
        """Answer one batch."""


@dataclass(frozen=True)
class Collected:
    """All answers, in the order of the rows."""

    truth: list[str]
    predictions: list[str]
    labels: list[str]
    probabilities: list[list[float]]
    milliseconds: list[float]


def collect(endpoint: Asks, batches: Batches) -> Collected:
    """Send every batch; the first alone, to learn how long answers are, the others by threads.

    Raises
    ------
    EndpointRejected
        If any batch fails, or answers disagree about the classes.
    """
    collected = Collected([], [], [], [], [])
    stream = iter(batches)
    first = next(stream)
    answer = endpoint.ask(first)
    collected.labels.extend(answer.labels)
    _add(collected, first, answer)
    batches.learn(answer.size, len(first.truth))
    with ThreadPoolExecutor(THREADS) as pool:
        for batch, later in _in_order(pool, endpoint, stream):
            _add(collected, batch, later)
    return collected


def _in_order(
    pool: ThreadPoolExecutor, endpoint: Asks, stream: Iterator[Batch]
) -> Iterator[tuple[Batch, Answer]]:
    waiting: list[tuple[Batch, Future[Answer]]] = []
    try:
        while True:
            for batch in islice(stream, _AHEAD - len(waiting)):
                waiting.append((batch, pool.submit(endpoint.ask, batch)))  # noqa: PERF401
            if not waiting:
                return
            batch, future = waiting.pop(0)
            yield batch, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def _add(collected: Collected, batch: Batch, answer: Answer) -> None:
    if answer.labels != collected.labels:
        raise EndpointRejected("answers to different requests name different classes")
    collected.truth.extend(batch.truth)
    collected.predictions.extend(answer.predictions)
    collected.probabilities.extend(answer.probabilities)
    collected.milliseconds.append(answer.milliseconds)


def write_predictions(collected: Collected, path: Path) -> None:
    """Write ``row,actual,prediction,probability:<class>,…``, rows counted from 1."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [f"probability:{label}" for label in collected.labels]
        writer.writerow(["row", "actual", "prediction", *names])
        for number, (truth, predicted, probabilities) in enumerate(
            zip(collected.truth, collected.predictions, collected.probabilities, strict=True),
            start=1,
        ):
            writer.writerow([number, truth, predicted, *probabilities])
