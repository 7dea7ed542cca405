"""``profile.json``: what the report shows of the data; and the categories that there are.

Both lie in the bucket only. The profile's shape is described in ``docs/reference.md``.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import duckdb

from lambdas.drift.bins import LEVELS, to_json
from lambdas.preprocess.columns.cells import number
from lambdas.preprocess.columns.figures import (
    Association,
    DataProfile,
    NumberFigures,
    bin_edges,
)
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.split.rows import Account
from lambdas.preprocess.split.subsets import Split
from lambdas.shared.documents.contents import Profile as ProfileContent
from lambdas.shared.documents.document import CATEGORIES, PROFILE
from lambdas.shared.names.paths import SPLITS

_MOST_VALUES = 20
_SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95)  # levels of quantiles
_MOST_CLASSES = 10
_DIGITS = 6


def target_counts(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str
) -> dict[str, Any]:
    """Return the target's rows by subset: of each class, or of each bin of the numbers.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``usable`` and ``subsets``.
    """
    if task != "regression":
        classes: dict[str, dict[str, int]] = {}
        for label, subset, count in connection.execute(
            "SELECT label, subset::VARCHAR, count(*) FROM usable POSITIONAL JOIN subsets "
            "WHERE label IS NOT NULL GROUP BY label, subset ORDER BY label, subset"
        ).fetchall():
            classes.setdefault(label, dict.fromkeys(SPLITS, 0))[subset] = count
        return {"classes": classes}
    edges = bin_edges(target.profile)
    bounds = ", ".join(format(edge, ".17e") for edge in edges[1:])
    found = connection.execute(
        f"SELECT subset::VARCHAR, histogram({number('label')}, [{bounds}]) "
        "FROM usable POSITIONAL JOIN subsets WHERE label IS NOT NULL GROUP BY subset"
    ).fetchall()
    counts = {subset: [histogram.get(edge, 0) for edge in edges[1:]] for subset, histogram in found}
    means = connection.execute(
        f"SELECT subset::VARCHAR, avg({number('label')}) "
        "FROM usable POSITIONAL JOIN subsets WHERE label IS NOT NULL GROUP BY subset"
    ).fetchall()
    return {
        "mean": {subset: _round(mean) for subset, mean in means},
        "histogram": {"edges": _rounded(edges), "counts": counts},
    }


def profile_document(
    known: DataProfile, rows: int, task: str, split: Split, account: Account
) -> str:
    """Return ``profile.json``."""
    kinds = {feature.position: feature.kind for feature in known.features}
    document: ProfileContent = {
        "rows": {"file": rows, **split.rows},
        "limited": split.limited,
        "account": account.to_dict(),
        "repeats": asdict(split.repeats),
        "target": {
            "name": known.target.profile.name,
            "task": task,
            "missing": rows - known.target.profile.filled,
            "positive_class": known.positive and known.positive.to_json(),
            **known.target_counts,
        },
        "columns": [_column(found, known, kinds, rows) for found in known.profiles],
    }
    return PROFILE.text(document)


def categories_document(known: DataProfile) -> str:
    """Return ``categories.json``, with which rows to predict are compared."""
    columns = {
        feature.name: list(known.texts[feature.position].counts)
        for feature in known.features
        if feature.kind == "categorical" and feature.position in known.texts
    }
    return CATEGORIES.text({"columns": columns})


def _column(found: Profile, known: DataProfile, kinds: dict[int, str], rows: int) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": found.name,
        "role": _role(found, known, kinds),
        "type": kinds.get(found.position),
        "missing": rows - found.filled,
        "distinct": min(found.distinct, found.filled),
        "distinct_is_exact": found.is_distinct_exact,
    }
    if found.position in known.numbers:
        figures = known.numbers[found.position]
        column |= {"numbers": _numbers(found, figures), "association": _of(figures.association)}
    elif found.position in known.texts:
        texts = known.texts[found.position]
        column |= {"values": _values(texts.counts), "association": _of(texts.association)}
    if found.position in known.bins:
        column["bins"] = to_json(known.bins[found.position])
    return column


def _role(found: Profile, known: DataProfile, kinds: dict[int, str]) -> str:
    if found.position == known.target.position:
        return "target"
    for role in ("group", "time"):
        column = getattr(known.arrangement, role)
        if column and column.position == found.position:
            return role
    return "feature" if found.position in kinds else "left_out"


def _numbers(found: Profile, figures: NumberFigures) -> dict[str, Any]:
    counts = [sum(bins) for bins in zip(*figures.counts.values(), strict=True)]
    histogram: dict[str, Any] = {"edges": _rounded(figures.edges), "counts": counts}
    quantiles = list(zip(LEVELS, figures.quantiles, strict=False))
    if 1 < len(figures.counts) <= _MOST_CLASSES:
        histogram["by_class"] = figures.counts
    return {
        "minimum": _round(found.minimum),
        "maximum": _round(found.maximum),
        "mean": _round(found.mean),
        "standard_deviation": _round(found.deviation),
        "integers": found.is_integer,
        "quantiles": {str(level): _round(at) for level, at in quantiles if level in _SHOWN},
        "histogram": histogram,
    }


def _values(counts: dict[str, int]) -> dict[str, Any]:
    shown = list(counts.items())[:_MOST_VALUES]
    others = sum(counts.values()) - sum(count for _, count in shown)
    return {
        "most_frequent": [{"value": value, "count": count} for value, count in shown],
        "others": others,
    }


def _of(association: Association | None) -> dict[str, Any] | None:
    if association is None:
        return None
    return {
        "measure": association.measure,
        "value": _round(association.value),
        "determines": association.determines,
    }


def _round(value: float | None) -> float | None:
    # More digits would differ between machines, as sums depend on their order.
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _rounded(values: Sequence[float]) -> list[float | None]:
    return [_round(value) for value in values]
