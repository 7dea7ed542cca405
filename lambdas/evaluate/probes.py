"""Requests other than the test rows: single rows for the latency, shuffled cells for importance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lambdas.evaluate.batches import Batch, Sample, draw
from lambdas.evaluate.collect import Asks, Run
from lambdas.evaluate.endpoint import Answer, Threshold
from lambdas.evaluate.explained import Explained
from lambdas.evaluate.importance import importance, plan
from lambdas.evaluate.progress import EvaluationProgress
from lambdas.evaluate.reasons import reasons
from lambdas.evaluate.rows import Layout, whole_record
from lambdas.quality.scored import Scored
from lambdas.shared.documents.bucket import ObjectFile
from lambdas.shared.requests import Sizing


@dataclass
class Timed:
    """Passes batches on and keeps the requests' times."""

    endpoint: Asks
    milliseconds: list[float] = field(default_factory=list)

    def ask(self, batch: Batch) -> Answer:
        """Answer one batch."""
        answer = self.endpoint.ask(batch)
        self.milliseconds += answer.milliseconds
        return answer

    def explain(self, batch: Batch) -> Explained:
        """Say why one batch is answered as it is."""
        found = self.endpoint.explain(batch)
        self.milliseconds += found.milliseconds
        return found

    def threshold(self, batch: Batch) -> Threshold:
        """Return how classes are told from probabilities."""
        return self.endpoint.threshold(batch)


@dataclass(frozen=True)
class Probed:
    """Result of the probes.

    Parameters
    ----------
    latency_ms : dict
        ``p50``, ``p95`` and ``p99`` of requests with one row.
    importance : dict or None
        None where the bounds leave no room for it.
    reasons : dict
        What drives the answers, or why that is not known.
    seconds : float
        Sum of all these requests' times.
    """

    latency_ms: dict[str, float]
    importance: dict[str, Any] | None
    reasons: dict[str, Any]
    seconds: float


def probe(
    run: Run, connect: Callable[[Sizing], Asks], progress: EvaluationProgress, scored: Scored
) -> Probed:
    """Ask about a sample of the test rows.

    Parameters
    ----------
    run : Run
    connect : callable
        Takes the sizing and returns what answers batches.
    progress : EvaluationProgress
        Of all test rows.
    scored : Scored
        All test rows.
    """
    file, layout = _opened(run)
    rate = progress.rows / max(progress.seconds, 0.001)
    planned = plan(progress.rows, len(layout.columns), rate)
    sample = draw(file, layout, progress.rows, planned.rows if planned else 1)
    endpoint = Timed(connect(Sizing(progress.rows_per_request)))
    waited = single_rows(endpoint, sample)
    found = None
    if planned:
        of_sample = scored.only(sample.positions)
        found = importance(endpoint, sample, of_sample, planned.repeats, run.threads)
    why = reasons(endpoint, run, layout, scored)
    return Probed(waited, found, why, sum(endpoint.milliseconds) / 1000)


def threshold(run: Run, connect: Callable[[Sizing], Asks]) -> Threshold:
    """Return how the model tells classes from probabilities, asked with the first test row."""
    file, layout = _opened(run)
    first = next(layout.rows(file, layout.length))
    return connect(Sizing()).threshold(Batch(1, layout.header, [first]))


def _opened(run: Run) -> tuple[ObjectFile, Layout]:
    """Return the test split, behind its header, and its layout."""
    source = run.source
    file = ObjectFile(run.client, source.uri)
    header = whole_record(file.readline(), file)
    return file, Layout(header, source.target, source.features, source.groups)


REQUESTS = 50
_LONGEST_SECONDS = 2.0


def single_rows(endpoint: Asks, sample: Sample) -> dict[str, float]:
    """Ask for one row at a time, one after the other, fifty times or for two seconds."""
    end = time.monotonic() + _LONGEST_SECONDS
    milliseconds: list[float] = []
    for number in range(REQUESTS):
        row = sample.rows[number % len(sample.rows)]
        milliseconds += endpoint.ask(sample.batch([row])).milliseconds
        if time.monotonic() > end:
            break
    return percentiles(milliseconds)


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """Return ``p50``, ``p95`` and ``p99``."""
    points = np.percentile(milliseconds, [50, 95, 99]).tolist()
    return {name: float(value) for name, value in zip(("p50", "p95", "p99"), points, strict=True)}
