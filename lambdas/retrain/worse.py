"""Whether a champion does worse on newer rows than is known already."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.documents.contents import Decision, Metrics
from lambdas.shared.findings.message import Message, metric_name
from lambdas.shared.settings.gate import LOWER_IS_BETTER, OF_POSITIVE_CLASS


@dataclass(frozen=True)
class Figure:
    """A champion's metric on rows that it was not trained on.

    Parameters
    ----------
    positive_class : str or None
        By which it was measured; None if the task has none.
    """

    version: int
    metric: str
    value: float
    rows: int
    positive_class: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as in ``training.json``."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Figure:
        """Return what `to_json` was called on."""
        return cls(**document)

    def is_like(self, other: Figure) -> bool:
        """Return whether both are of one version and measured in the same way."""
        is_same = (self.version, self.metric) == (other.version, other.metric)
        by_one = self.positive_class == other.positive_class
        return is_same and (by_one or self.metric not in OF_POSITIVE_CLASS)


@dataclass(frozen=True)
class Known:
    """What is known of a champion already.

    Parameters
    ----------
    figure : Figure
    spread : float
        Half of the 95 % interval that the figure would have on one row.
    """

    figure: Figure
    spread: float

    def is_beyond(self, now: Figure) -> bool:
        """Return whether a figure is worse by more than chance explains."""
        by_chance = self.spread * math.sqrt(1 / self.figure.rows + 1 / now.rows)
        sign = 1 if now.metric in LOWER_IS_BETTER else -1
        return sign * (now.value - self.figure.value) > by_chance


def of_registered(metrics: Metrics, version: int, metric: str) -> Known | None:
    """Return what is known from a champion's own run; None if it does not define the metric.

    Parameters
    ----------
    metrics : mapping
        Content of the run's ``metrics.json``.
    """
    value, spread = metrics["metrics"].get(metric), _spread(metrics, metric)
    if value is None or spread is None:
        return None
    figure = Figure(version, metric, value, metrics["rows"], metrics.get("positive_class"))
    return Known(figure, spread)


def of_decision(decision: Decision, metrics: Metrics) -> Known | None:
    """Return what a later run's gate knew of the champion; None if it knew nothing.

    Parameters
    ----------
    decision, metrics : mapping
        Contents of the run's ``decision.json`` and of the champion's ``metrics.json`` in it.
    """
    champion = decision.get("champion") or {}
    comparison = champion.get("comparison") or {}
    value, rows = comparison.get("other"), comparison.get("rows")
    if value is None or not rows:
        return None
    metric = comparison["metric"]
    spread = _spread(metrics, metric)
    figure = Figure(champion["version"], metric, value, rows, metrics.get("positive_class"))
    return None if spread is None else Known(figure, spread)


def _spread(metrics: Metrics, metric: str) -> float | None:
    value, interval = metrics["metrics"].get(metric), metrics["intervals"].get(metric)
    if value is None or interval is None:
        return None
    end = interval["high"] if metric in LOWER_IS_BETTER else interval["low"]
    return float(abs(end - value) * math.sqrt(metrics["rows"]))


def got_worse(registered: Known, later: Known | None, now: Figure) -> Message | None:
    """Return how a champion did worse, as a clause; None if it is not shown to.

    Parameters
    ----------
    registered : Known
        From the champion's own run.
    later : Known or None
        From the newest training, if one came after the champion's. What that could not beat is no
        reason for another.
    now : Figure
        On the newest rows.

    Notes
    -----
    The figure must fall, from either, by more than the 95 % interval of the difference of two
    independent figures. The half width known before stands for both, scaled to their numbers of
    rows, as variances go with 1 / rows and add up (Altman and Bland 2003, BMJ 326:219).
    """
    if not now.is_like(registered.figure) or not registered.is_beyond(now):
        return None
    seen = later if later is not None and now.is_like(later.figure) else None
    if seen is not None and not seen.is_beyond(now):
        return None
    figures = Message(
        "{metric} {now} on {count} newer row, {before} when it was registered",
        "{metric} {now} on {count} newer rows, {before} when it was registered",
        metric=metric_name(now.metric),
        now=float(now.value),
        count=now.rows,
        before=float(registered.figure.value),
    )
    if seen is None:
        return figures
    known = float(seen.figure.value)
    return Message("{figures}, and {known} at the last training", figures=figures, known=known)
