"""From the test split and a live endpoint to predictions and metrics."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lambdas.evaluate.answers import Answer
from lambdas.evaluate.batches import Batch, Batches
from lambdas.evaluate.scoring import Scored, choose_positive, compute, confusion_matrix
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


def score(task: str, collected: Collected) -> dict[str, Any]:
    """Return the content of ``metrics.json`` without latency.

    Raises
    ------
    EndpointRejected
        If the answers do not fit the task.
    """
    if task == "regression":
        return _score_regression(collected)
    if len(collected.labels) < 2:
        raise EndpointRejected("the answers name fewer than two classes")
    scored = _with_all_labels(task, collected)
    metrics, undefined = compute(task, scored)
    document: dict[str, Any] = {"task": task, "metrics": metrics, "undefined": undefined}
    document["labels"] = list(scored.labels)
    document["confusion_matrix"] = confusion_matrix(scored)
    if scored.positive is not None:
        document["positive_class"] = scored.positive
        document["positive_class_rule"] = choose_positive(scored.labels)[1]
    return document


def _score_regression(collected: Collected) -> dict[str, Any]:
    problem = False
    try:
        truth = np.array(collected.truth, dtype=np.float64)
        predicted = np.array(collected.predictions, dtype=np.float64)
    except ValueError:
        problem = True
    if problem:
        raise EndpointRejected("the answers are no numbers")
    scored = Scored(truth, predicted, (), np.empty((len(truth), 0)), None)
    metrics, undefined = compute("regression", scored)
    return {"task": "regression", "metrics": metrics, "undefined": undefined}


def _with_all_labels(task: str, collected: Collected) -> Scored:
    """Sort the classes, with any that the model never saw at probability 0."""
    seen = {*collected.truth, *collected.predictions}
    labels = sorted({*collected.labels, *seen})
    probabilities = np.zeros((len(collected.truth), len(labels)))
    given = np.array(collected.probabilities, dtype=np.float64)
    for position, label in enumerate(collected.labels):
        probabilities[:, labels.index(label)] = given[:, position]
    positive = choose_positive(labels)[0] if task == "binary" and len(labels) == 2 else None
    return Scored(
        np.array(collected.truth),
        np.array(collected.predictions),
        tuple(labels),
        probabilities,
        positive,
    )


def latency(milliseconds: list[float]) -> dict[str, float]:
    """Return ``p50``, ``p95`` and ``p99`` of the requests, in milliseconds."""
    points = np.percentile(milliseconds, [50, 95, 99])
    return {name: float(value) for name, value in zip(("p50", "p95", "p99"), points, strict=True)}


def to_json(document: dict[str, Any]) -> str:
    """Return a document as JSON with every digit of every figure."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
