"""By how much metrics of predictions differ from those of the model's test rows.

The two are independent samples of rows, so the interval of a difference follows from the two
figures' own intervals: MOVER (Zou and Donner 2008, Statistics in Medicine 27:1693); of shares with
Wilson's intervals it is Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine
17:873, method 10). Intervals are shown and do not judge: `lambdas.quality.fall` does, by the rows,
and by one metric that is chosen before any is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lambdas.shared.settings.gate import GATE_METRICS, LOWER_IS_BETTER

if TYPE_CHECKING:
    from lambdas.quality.fall import Judgement

METHOD = "MOVER of two independent samples (Zou and Donner 2008, Stat. Med. 27:1693)"


@dataclass(frozen=True)
class Compared:
    """The differences by metric, and the judgement by one of them.

    Parameters
    ----------
    differences : mapping of str
        ``value``, ``low`` and ``high``: here less there. None where the rows are the training's.
    judged_by : str or None
        The metric.
    verdict : str
        ``same``, ``better``, ``worse``, ``seen`` (many rows are the training's), or ``unknown``.
    chance : float or None
        How often chance alone makes the metric fall as far.
    """

    differences: Mapping[str, Mapping[str, float]]
    judged_by: str | None
    verdict: str
    chance: float | None = None
    method: str = METHOD

    def to_dict(self) -> dict[str, Any]:
        """Return it as ``metrics.json`` has it."""
        return asdict(self)


def compare(
    here: Mapping[str, Any],
    there: Mapping[str, Any] | None,
    metric: str | None,
    judge: Callable[[str], Judgement | None],
    *,
    is_seen: bool,
) -> Compared:
    """Compare two measurements of one model on different rows.

    Parameters
    ----------
    here, there : mapping
        With ``task``, ``metrics`` and ``intervals``; None if it is gone.
    metric : str or None
        By which the gate judges the model. Where rows do not define it, the next that it knows.
    judge : callable
        From a metric to the judgement; None where answers are gone.
    is_seen : bool
        Whether many of the rows are those that the model was trained on.
    """
    if is_seen:
        return Compared({}, None, "seen")
    found = {
        name: difference(*(_figure(each, name) for each in (here, there)))
        for name in here["metrics"]
        if there and name in there["metrics"]
    }
    main = next((name for name in (metric, *GATE_METRICS[here["task"]]) if name in found), None)
    judged = judge(main) if main else None
    if judged is None:
        return Compared(found, None, "unknown")
    return Compared(found, main, judged.verdict, judged.chance)


def is_further(metric: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Return whether a figure that has fallen is below another fallen one, by their intervals.

    Parameters
    ----------
    metric : str
    here, there : mapping
        ``value``, ``low`` and ``high`` on different rows.
    """
    found = difference(*((each["value"], each["low"], each["high"]) for each in (here, there)))
    return found["low"] > 0 if metric in LOWER_IS_BETTER else found["high"] < 0


def difference(
    here: tuple[float, float, float], there: tuple[float, float, float]
) -> dict[str, float]:
    """Return the difference of two figures, each with the ends of its interval."""
    (new, new_low, new_high), (old, old_low, old_high) = here, there
    value = new - old
    return {
        "value": value,
        "low": value - math.hypot(new - new_low, old_high - old),
        "high": value + math.hypot(new_high - new, old - old_low),
    }


def _figure(measured: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    around = measured["intervals"][name]
    return measured["metrics"][name], around["low"], around["high"]
