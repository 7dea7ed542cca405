"""What the run cost, estimated line by line from list prices; free tiers are not counted.

The prices are those of one region on one date (``prices.json``, with sources); the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any, NamedTuple

from lambdas.report.language import language
from lambdas.shared.prices import HOUR, MONTH, prices

_MICRO = Decimal("0.000001")
_STATES_PER_CHECK = 3  # of an endpoint
_SECONDS_PER_CHECK = 15


@dataclass(frozen=True)
class Assumed:
    """What an execution uses, not measured; together well under a hundredth of a dollar.

    Parameters
    ----------
    states : int
        Those of the workflow's straight way.
    kms_requests : int
        One for each S3 request, and some for volumes and logs.
    lambda_gb_seconds : int
        Functions of 0.5 to 3 GB, a few seconds each, cold starts included.
    """

    states: int
    s3_puts: int
    s3_gets: int
    kms_requests: int
    lambda_gb_seconds: int


# Each with the dataset's health after it: lists and stores of history and page, a dozen reads.
# Stored: upload, six files of preprocess, model, two of evaluate, decision, four of report.
TRAINING_RUN = Assumed(23, 20, 32, 54, 31)
# Stored: upload, findings, own columns, the model's rows, answers, predictions, result.
PREDICTION = Assumed(16, 11, 24, 36, 26)
# Stored: upload, findings, figures, result, and the pairs of ten files of predictions; read: these,
# what is told of each, and their models.
ACTUALS = Assumed(7, 18, 52, 69, 41)


@dataclass(frozen=True)
class Usage:
    """What is known of a run.

    Parameters
    ----------
    training_seconds, processing_seconds, transform_seconds, endpoint_seconds : float or None
        Billed seconds, those of several instances added up; None if there was none. Training has
        the jobs of tuning in it; SageMaker's billable seconds of a spot job are those it ran less
        its saving.
    training_instance, processing_instance, transform_instance, endpoint_instance : str or None
    volume_gb, processing_volume_gb : int
        Volumes of the jobs.
    serverless_mb : int or None
        Memory of a serverless endpoint, None if it had an instance.
    spark : mapping
        What EMR Serverless bills for Spark jobs: ``vcpu_hour``, ``memory_gb_hour`` and
        ``storage_gb_hour``; none if there was no job.
    answering_seconds : float
        Sum of all requests' times as the client saw them; what a serverless endpoint bills is less
        by the time on the way.
    """

    training_seconds: float | None = None
    training_instance: str | None = None
    volume_gb: int = 0
    endpoint_seconds: float | None = None
    endpoint_instance: str | None = None
    serverless_mb: int | None = None
    answering_seconds: float = 0.0
    processing_seconds: float | None = None
    processing_instance: str | None = None
    processing_volume_gb: int = 0
    transform_seconds: float | None = None
    transform_instance: str | None = None
    spark: Mapping[str, float] = field(default_factory=dict)
    assumed: Assumed = TRAINING_RUN


def estimate(usage: Usage) -> dict[str, Any]:
    """Estimate the cost of a run.

    Returns
    -------
    dict
        ``total_usd`` (the sum of the lines), ``lines`` of ``kind, of, item, assumed, quantity,
        unit, unit_price_usd, usd`` (price and amount None where the table has no price),
        ``prices_dated``, ``region_priced`` and ``complete`` (whether every line has a price).
    """
    table = prices()
    lines = [*_spark(usage), *_machines(usage), *_disks(usage), *_assumed(usage)]
    total = sum((Decimal(str(line["usd"])) for line in lines if line["usd"] is not None), Decimal())
    return {
        "total_usd": float(total),
        "lines": lines,
        "prices_dated": table["dated"],
        "region_priced": table["region"],
        "complete": all(line["usd"] is not None for line in lines),
    }


def _spark(usage: Usage) -> Iterator[dict[str, Any]]:
    for name, unit in (
        ("vcpu_hour", "vCPU-hours"),
        ("memory_gb_hour", "GB-hours"),
        ("storage_gb_hour", "GB-hours"),
    ):
        if usage.spark.get(name):
            hours = Decimal(str(usage.spark[name]))
            yield _line(f"spark_{name}", hours, unit, prices()["spark"][name])


def _machines(usage: Usage) -> Iterator[dict[str, Any]]:
    hours = prices()["instance_hour"]
    # Processing and transform have training's price by the hour.
    for kind, priced, spent, instance in (
        ("processing", "training", usage.processing_seconds, usage.processing_instance),
        ("training", "training", usage.training_seconds, usage.training_instance),
        ("transform", "training", usage.transform_seconds, usage.transform_instance),
        ("hosting", "hosting", usage.endpoint_seconds, usage.endpoint_instance),
    ):
        if spent is not None and instance is not None:
            price = hours[priced].get(instance)
            yield _line(kind, Decimal(str(spent)) / HOUR, "hours", price, instance=instance)
    if usage.serverless_mb is not None:
        answered = Decimal(str(usage.answering_seconds)) * usage.serverless_mb / 1024
        price = prices()["serverless_gb_second"]
        yield _line("serverless", answered, "GB-s", price, memory_mb=usage.serverless_mb)


def _disks(usage: Usage) -> Iterator[dict[str, Any]]:
    for kind, spent, gigabytes in (
        ("processing_volume", usage.processing_seconds, usage.processing_volume_gb),
        ("training_volume", usage.training_seconds, usage.volume_gb),
    ):
        if spent is not None and gigabytes:
            months = Decimal(str(spent)) * gigabytes / MONTH
            yield _line(kind, months, "GB-months", prices()["volume_gb_month"])


def _assumed(usage: Usage) -> Iterator[dict[str, Any]]:
    table, assumed = prices(), usage.assumed
    for kind, quantity, unit, price in (
        ("lambda", assumed.lambda_gb_seconds, "GB-s", "lambda_gb_second_arm64"),
        ("states", _transitions(usage), "transitions", "state_transition"),
        ("s3_writes", assumed.s3_puts, "requests", "s3_put"),
        ("s3_reads", assumed.s3_gets, "requests", "s3_get"),
        ("kms", assumed.kms_requests, "requests", "kms_request"),
    ):
        yield _line(kind, quantity, unit, table[price]) | {"assumed": True}


def _transitions(usage: Usage) -> int:
    if usage.endpoint_seconds is None:
        return usage.assumed.states
    checks = max(1, ceil(usage.endpoint_seconds / _SECONDS_PER_CHECK))
    return usage.assumed.states + _STATES_PER_CHECK * checks


def _line(
    kind: str, quantity: Decimal | int, unit: str, price: str | None, **of: Any
) -> dict[str, Any]:
    amount = None
    if price is not None:
        amount = float((Decimal(price) * quantity).quantize(_MICRO, ROUND_HALF_UP))
    return {
        "kind": kind,
        "of": of,
        "item": language(None)(f"cost.{kind}", **of),
        "assumed": False,
        "quantity": float(round(Decimal(quantity), 9)),
        "unit": unit,
        "unit_price_usd": None if price is None else float(price),
        "usd": amount,
    }


# What a run costs and takes with AWS's starts of machines, where these were not measured. On AWS
# they are part of what is billed: machines are found and started, and images of a gigabyte and more
# are downloaded. Where a job or an endpoint took less than half of the shortest start seen there,
# no machine was started for it, and the starts are added; the work is taken to last as measured.
# docs/costs.md has where the ranges come from.


class Range(NamedTuple):
    """The least and the most seconds that were seen."""

    low: float
    high: float


# AWS bills a job from TrainingStartTime, when its instances are there, until its model is stored:
# the download of data and image is in that, the search for instances is not.
JOB_WAIT = Range(35, 165)
JOB_BILLED = Range(55, 145)
# Counted as billed from its creation, as measured ones are above; a serverless one is not.
ENDPOINT = Range(240, 510)
SERVERLESS = Range(120, 600)
_OF_JOBS = {"processing", "processing_volume", "training", "training_volume", "transform"}


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
    shortest = dict.fromkeys(("processing", "training", "transform"), JOB_BILLED)
    shortest["endpoint"] = ENDPOINT
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
    read = int(report.get("processing_jobs") or 1)
    jobs = {"processing": read, "training": 1 + tuned, "transform": 1}
    added = {name: _at(JOB_BILLED, share) * jobs[name] for name in jobs if name in kinds}
    # At best all jobs of tuning run at the same time, at worst one after the other.
    in_turn = dict.fromkeys(added, 1.0)
    in_turn["processing"] = read
    in_turn["training"] = 1 + _at(Range(min(tuned, 1), tuned), share)
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
            factor += starts / _SECONDS_PER_CHECK * _STATES_PER_CHECK / line["quantity"]
        usd += (line["usd"] or 0.0) * factor
    return usd, (seconds.get("total") or 0.0) + starting + starts


def _at(found: Range, share: float) -> float:
    return found.low + share * (found.high - found.low)
