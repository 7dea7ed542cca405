"""What a run costs and takes with AWS's starts of machines, where these were not measured.

On AWS they are part of what is billed: machines are found and started, and images of a gigabyte
and more are downloaded to them. Where a job or an endpoint took less than half of the shortest
start that was seen there, no machine was started for it, and the starts are added to all. The work
itself is taken to last as long as it was measured.

Where the ranges come from is in docs/costs.md, with what each log shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class Range(NamedTuple):
    """The least and the most seconds that were seen."""

    low: float
    high: float


# AWS bills a job from TrainingStartTime, when its instances are there, until its model is stored:
# the download of data and image is in that, the search for instances is not.
JOB_WAIT = Range(35, 165)
JOB_BILLED = Range(55, 145)
# Counted as billed from its creation, as cost.py does with measured ones; a serverless one is not.
ENDPOINT = Range(240, 510)
SERVERLESS = Range(120, 600)
_OF_JOBS = {"processing", "processing_volume", "training", "training_volume"}
_LOOK_SECONDS, _STATES_A_LOOK = 15, 3


@dataclass(frozen=True)
class WithStarts:
    """A range of cost and time, and one value between its ends to calculate with."""

    low_usd: float
    usd: float
    high_usd: float
    low_minutes: float
    high_minutes: float

    def to_dict(self) -> dict[str, float]:
        """Return it as JSON's types."""
        return asdict(self)


def cost_usd(report: Mapping[str, Any]) -> float:
    """Return the one figure that stands for a run's cost."""
    cost = report["cost"]
    return float((cost.get("with_starts") or {}).get("usd", cost["total_usd"]))


def with_starts(report: Mapping[str, Any]) -> WithStarts | None:
    """Estimate cost and time; None where what was measured is complete.

    Parameters
    ----------
    report : mapping
        Content of ``report.json``.
    """
    seconds = report["seconds"]
    shortest = {"processing": JOB_BILLED, "training": JOB_BILLED, "endpoint": ENDPOINT}
    if not any(0 < (seconds.get(of) or 0) < start.low / 2 for of, start in shortest.items()):
        return None
    ends = [_with(report, share) for share in (0.0, 0.5, 1.0)]
    (low, least), (middle, _), (high, most) = ends
    return WithStarts(
        round(low, 4), round(middle, 4), round(high, 4), round(least / 60, 1), round(most / 60, 1)
    )


def _with(report: Mapping[str, Any], share: float) -> tuple[float, float]:
    """Return dollars and seconds at a place between the ends of the ranges."""
    lines = report["cost"]["lines"]
    kinds = {line["kind"] for line in lines}
    seconds, endpoints = report["seconds"], int(report.get("endpoints") or 0)
    is_serverless = "serverless" in kinds
    tuned = int((report.get("tuning") or {}).get("jobs") or 0)
    jobs = {"processing": 1, "training": 1 + tuned}
    added = {name: _at(JOB_BILLED, share) * jobs[name] for name in jobs if name in kinds}
    # At best all jobs of tuning run beside each other, at worst one after the other.
    in_turn = {"processing": 1.0, "training": 1 + _at(Range(min(tuned, 1), tuned), share)}
    starting = sum(
        (_at(JOB_WAIT, share) + _at(JOB_BILLED, share)) * in_turn[name] for name in added
    )
    starts = _at(SERVERLESS if is_serverless else ENDPOINT, share) * endpoints
    usd = 0.0
    for line in lines:
        factor, kind = 1.0, line["kind"]
        if kind in _OF_JOBS:
            job = kind.removesuffix("_volume")
            factor += added[job] / max(seconds.get(job) or 0.0, 1e-9)
        elif kind == "hosting":
            factor += starts / max(seconds.get("endpoint") or 0.0, 1e-9)
        elif kind == "states":
            factor += starts / _LOOK_SECONDS * _STATES_A_LOOK / line["quantity"]
        usd += (line["usd"] or 0.0) * factor
    return usd, (seconds.get("total") or 0.0) + starting + starts


def _at(found: Range, share: float) -> float:
    return found.low + share * (found.high - found.low)
