"""What an entry keeps of drift and predictions: bounded, however many columns or classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any, cast

from lambdas.shared.documents.contents import Distribution, Drift, HealthDrift, HealthShift
from lambdas.shared.group_size import FEWEST_ROWS

MOST_COLUMNS, MOST_CLASSES = 50, 12
LEVELS = ("large", "small", "none")
_NAME_SIGNS = 200
_QUANTILES = (0.1, 0.5, 0.9)


def of_drift(drift: Drift | None, distribution: Distribution | None = None) -> HealthDrift | None:
    """Return what an entry keeps of a comparison; None where there is none.

    Parameters
    ----------
    drift : mapping or None
        Content of ``drift.json``.
    distribution : mapping or None
        Content of ``distribution.json``, which may tell how far the predictions have moved.
    """
    if not drift:
        return None
    every = [*drift["columns"], drift["target"]]
    found = [shift for column in every if (shift := _shift(column))]
    found.sort(key=lambda each: (LEVELS.index(each["level"]), -each["index"]))
    counted = Counter(each["level"] for each in found)
    known: Mapping[str, Any] = distribution or {}
    return {
        "levels": {level: counted[level] for level in LEVELS},
        "columns": found[:MOST_COLUMNS],
        "target": _shift(drift["target"]),
        "predictions": _shift(known.get("drift")),
        "domain": cast("Mapping[str, Any]", drift).get("domain"),
    }


def _shift(column: Mapping[str, Any] | None) -> HealthShift | None:
    """Return a column's level, and the index of its cells or its gaps, whichever is larger."""
    if not column:
        return None
    parts = [column.get("cells"), column.get("gaps"), column]
    indexes = [part["stability_index"] for part in parts if part and "stability_index" in part]
    return {
        "name": str(column.get("name", ""))[:_NAME_SIGNS],
        "level": column["level"],
        "index": round(max(indexes, default=0.0), 4),
    }


def of_predictions(found: Distribution | None, rows: int | None) -> dict[str, Any] | None:
    """Return how predictions are spread; None where that is not known, or of few rows."""
    if not found or rows is None or rows < FEWEST_ROWS:
        return None
    if "classes" in found:
        return _classes(found["classes"])
    quantiles = _quantiles(found["histogram"]) if "histogram" in found else {}
    return {"mean": found["mean"], "quantiles": quantiles}


def _classes(counts: Mapping[str, int]) -> dict[str, Any]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named, others = ordered[:MOST_CLASSES], ordered[MOST_CLASSES:]
    return {
        "classes": {label[:_NAME_SIGNS]: count for label, count in named},
        "others": sum(count for _, count in others),
    }


def _quantiles(histogram: Mapping[str, Any]) -> dict[str, float]:
    """Read quantiles off a histogram, as if rows were evenly spread in each bin.

    One beyond the histogram is given as its end.
    """
    edges, counts = histogram["edges"], histogram["counts"]
    reached = list(accumulate([histogram["below"], *counts]))
    total = reached[-1] + histogram["above"]
    if not total:
        return {}
    return {f"{share:g}": _at(share * total, edges, reached) for share in _QUANTILES}


def _at(rank: float, edges: list[float], reached: list[int]) -> float:
    if rank <= reached[0]:
        return float(edges[0])
    for place, (before, after) in enumerate(pairwise(reached)):
        if before < rank <= after:
            low, high = edges[place], edges[place + 1]
            return float(low + (high - low) * (rank - before) / (after - before))
    return float(edges[-1])
