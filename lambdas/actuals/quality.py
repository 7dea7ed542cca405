"""How good predictions were, by month and version, beside the versions' own test figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from lambdas.actuals.pairs import pool
from lambdas.evaluate.loading import load
from lambdas.measure.difference import compare
from lambdas.quality.fall import Judgement, judge
from lambdas.quality.tasks import described, figures
from lambdas.shared.group_size import FEWEST_ROWS
from lambdas.shared.positive_class import registered_positive

if TYPE_CHECKING:
    from lambdas.actuals.runs import Model
    from lambdas.quality.scored import Scored
    from lambdas.shared.documents.contents import Metrics


@dataclass(frozen=True)
class Measured:
    """A version whose predictions are measured.

    Parameters
    ----------
    labels : sequence of str
        Its classes, in the order of the pairs' scores; empty for numbers.
    trained : mapping or None
        ``metrics.json`` of its test rows; None if it is gone.
    own : Scored or None
        Its answers to them; None if they are gone.
    metric : str
        By which the gate judges.
    """

    model: Model
    task: str
    labels: Sequence[str]
    trained: Metrics | None
    own: Scored | None
    metric: str


@dataclass
class Period:
    """What is known of a month: files of pairs, and how many rows were predicted."""

    predicted: int = 0
    files: list[Path] = field(default_factory=list)


def measure(
    connection: duckdb.DuckDBPyConnection,
    version: Measured,
    periods: Mapping[str, Period],
    folder: Path,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the figures of each month, and of all of them together."""
    by_month = [
        {"period": month} | _figures(connection, version, [period], folder)
        for month, period in sorted(periods.items())
    ]
    if len(by_month) == 1:
        (only,) = by_month
        together = {name: value for name, value in only.items() if name != "period"}
    else:
        together = _figures(connection, version, list(periods.values()), folder)
    return by_month, {"periods": sorted(periods)} | together


def _figures(
    connection: duckdb.DuckDBPyConnection,
    version: Measured,
    periods: Sequence[Period],
    folder: Path,
) -> dict[str, Any]:
    path = folder / "pairs.csv"
    files = [file for period in periods for file in period.files]
    rows, written, uploads = pool(connection, files, version.labels, path)
    known: dict[str, Any] = {
        "version": version.model.version,
        "rows": rows,
        "predicted": sum(period.predicted for period in periods),
        "uploads": uploads,
    }
    if rows < FEWEST_ROWS:
        return known | {"metrics": {}, "intervals": {}, "undefined": [], "comparison": None}
    with path.open(encoding="utf-8", newline="") as lines:
        positive = registered_positive(version.trained)
        scored = load(lines, written, version.task, positive).scored
    found, undefined = figures(scored)
    here = {"task": scored.task} | described(found)
    there = version.trained

    def judged(metric: str) -> Judgement | None:
        return judge(metric, version.own, scored) if version.own else None

    comparison = compare(here, there, version.metric, judged, is_seen=False).to_dict()
    registered = there["metrics"] if there else {}
    return (
        known
        | described(found)
        | {"undefined": undefined, "comparison": comparison | {"registered": registered}}
    )
