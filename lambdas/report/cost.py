"""What the run cost, estimated line by line from list prices; free tiers are not counted.

The prices are those of one region on one date (``prices.json``, with sources); the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

from lambdas.report.language import language
from lambdas.shared.prices import HOUR, MONTH, prices

_MICRO = Decimal("0.000001")
# Assumed for one run, not measured; together well under a hundredth of a dollar. States entered are
# those of the workflow's straight way, and three more each time it looks at an endpoint.
_STATES = 23
_STATES_PER_LOOK = 3
_SECONDS_PER_LOOK = 15
_S3_PUTS = 16  # upload, six files of preprocess, model, two of evaluate, decision, four of report
_S3_GETS = 20
_KMS_REQUESTS = 40  # one for each S3 request, and some for volumes and logs
_LAMBDA_GB_SECONDS = 30  # seven functions of 0.5 to 3 GB, a few seconds each, cold starts included


@dataclass(frozen=True)
class Usage:
    """What is known of a run.

    Parameters
    ----------
    training_seconds, processing_seconds, endpoint_seconds : float or None
        Billed seconds; None if there was none. Training has the jobs of tuning in it; SageMaker's
        billable seconds of a spot job are those it ran less its saving.
    training_instance, processing_instance, endpoint_instance : str or None
    volume_gb, processing_volume_gb : int
        Volumes of the jobs.
    serverless_mb : int or None
        Memory of a serverless endpoint, None if it had an instance.
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
    lines = [*_machines(usage), *_disks(usage), *_assumed(usage)]
    total = sum((Decimal(str(line["usd"])) for line in lines if line["usd"] is not None), Decimal())
    return {
        "total_usd": float(total),
        "lines": lines,
        "prices_dated": table["dated"],
        "region_priced": table["region"],
        "complete": all(line["usd"] is not None for line in lines),
    }


def _machines(usage: Usage) -> Iterator[dict[str, Any]]:
    hours = prices()["instance_hour"]
    # Processing has training's price by the hour.
    for kind, priced, spent, instance in (
        ("processing", "training", usage.processing_seconds, usage.processing_instance),
        ("training", "training", usage.training_seconds, usage.training_instance),
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
    table = prices()
    for kind, quantity, unit, price in (
        ("lambda", _LAMBDA_GB_SECONDS, "GB-s", "lambda_gb_second_arm64"),
        ("states", _transitions(usage), "transitions", "state_transition"),
        ("s3_writes", _S3_PUTS, "requests", "s3_put"),
        ("s3_reads", _S3_GETS, "requests", "s3_get"),
        ("kms", _KMS_REQUESTS, "requests", "kms_request"),
    ):
        yield _line(kind, quantity, unit, table[price]) | {"assumed": True}


def _transitions(usage: Usage) -> int:
    if usage.endpoint_seconds is None:
        return _STATES
    looks = max(1, ceil(usage.endpoint_seconds / _SECONDS_PER_LOOK))
    return _STATES + _STATES_PER_LOOK * looks


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
