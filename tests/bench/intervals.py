"""How often 95 % intervals hold the true figure, on data whose truth is known."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lambdas.quality.scored import Scored
from lambdas.quality.tasks import figures

TITLE = "95 % intervals: share of 300 samples whose interval holds the figure of 1,000,000 rows"
COLUMNS = ("metric", "2 classes, 50 rows", "200 rows", "5 classes, 50 rows", "200 rows")
_SAMPLES = 300
_TRUE_ROWS = 1_000_000
_CASES = ((2, 1.5), (5, 2.0))
_SIZES = (50, 200)


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row a metric; the nominal 0.95 is the baseline."""
    held = {
        (classes, size): _coverage(classes, distance, size)
        for classes, distance in _CASES
        for size in _SIZES
    }
    names = list(dict.fromkeys(name for shares in held.values() for name in shares))
    for name in names:
        shares = [shares.get(name) for shares in held.values()]
        yield name, *("" if share is None else f"{share:.3f}" for share in shares)


def _coverage(classes: int, distance: float, size: int) -> dict[str, float]:
    generator = np.random.default_rng(classes * size)
    truth, _ = figures(_drawn(generator, classes, distance, _TRUE_ROWS))
    counts: dict[str, list[bool]] = {}
    for _ in range(_SAMPLES):
        found, _ = figures(_drawn(generator, classes, distance, size))
        for name, each in found.items():
            counts.setdefault(name, []).append(each.low <= truth[name].value <= each.high)
    return {name: float(np.mean(held)) for name, held in counts.items()}


def _drawn(generator: Any, classes: int, distance: float, rows: int) -> Scored:
    """Draw rows of normal classes, with the probabilities that an ideal model would state."""
    shares = np.array([0.7, 0.3]) if classes == 2 else np.full(classes, 1 / classes)
    truth = generator.choice(classes, rows, p=shares).astype(np.int32)
    place = generator.normal(size=(classes, rows))
    place[truth, np.arange(rows)] += distance
    odds = np.exp(place * distance) * shares[:, None]
    probabilities = odds / odds.sum(axis=0)
    return Scored(
        task="binary" if classes == 2 else "multiclass",
        truth=truth,
        predicted=probabilities.argmax(axis=0).astype(np.int32),
        labels=tuple(map(str, range(classes))),
        probabilities=probabilities,
        positive=1 if classes == 2 else None,
    )
