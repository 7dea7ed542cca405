"""How long a user waits for an answer about one row."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from lambdas.evaluate.collect import Asks
from lambdas.evaluate.sample import Sample

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
    points: Any = np.percentile(milliseconds, [50, 95, 99])
    return {name: float(value) for name, value in zip(("p50", "p95", "p99"), points, strict=True)}
