"""Whether a champion has got worse, from what evaluations of newer models measured."""

from __future__ import annotations

import math

from lambdas.shared.documents.contents import Decision, Metrics
from lambdas.shared.findings.message import Message
from lambdas.shared.findings.metric_names import metric_name
from lambdas.shared.settings.gate import LOWER_IS_BETTER, OF_POSITIVE_CLASS


def got_worse(
    registered: Metrics, later: Metrics, decision: Decision, version: int
) -> Message | None:
    """Return how a champion did worse on newer rows, as a clause; None if it is not shown to.

    Parameters
    ----------
    registered : Metrics
        Those of the champion's own run.
    later : Metrics
        Those of a later run, which may have been measured by another positive class.
    decision : Decision
        That of the later run, whose gate measured the champion on rows new to it.
    version : int
        The champion's version; a decision about another says nothing.

    Notes
    -----
    The figure must fall by more than the 95 % interval of the difference of two independent
    figures. The registered half width stands for both, scaled to the number of newer rows, as
    variances go with 1 / rows and add up (Altman and Bland 2003, BMJ 326:219).
    """
    known = decision.get("champion") or {}
    comparison = known.get("comparison") or {}
    now, rows, metric = (
        comparison.get("other"),
        comparison.get("rows"),
        comparison.get("metric", ""),
    )
    before = registered["metrics"].get(metric)
    if known.get("version") != version or now is None or before is None or not rows:
        return None
    if not _of_one_class(metric, registered, later):
        return None
    interval = registered["intervals"][metric]
    if metric in LOWER_IS_BETTER:
        fall, half = now - before, interval["high"] - before
    else:
        fall, half = before - now, before - interval["low"]
    if fall <= half * math.sqrt(1 + registered["rows"] / rows):
        return None
    return Message(
        "{metric} {now} on {count} newer row, {before} when it was registered",
        "{metric} {now} on {count} newer rows, {before} when it was registered",
        metric=metric_name(metric),
        now=float(now),
        count=rows,
        before=float(before),
    )


def _of_one_class(metric: str, registered: Metrics, later: Metrics) -> bool:
    """Tell whether a metric was measured by the same positive class, if it depends on one."""
    same = registered.get("positive_class") == later.get("positive_class")
    return same or metric not in OF_POSITIVE_CLASS
