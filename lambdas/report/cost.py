"""What the run cost, estimated line by line from list prices; free tiers are not counted.

The prices are those of one region on one date (``prices.json``, with sources); the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

from lambdas.shared.prices import HOUR, MONTH, prices

_MICRO = Decimal("0.000001")
# Assumed for one run, not measured; together well under a hundredth of a dollar. States entered are
# those of the workflow's straight way, and three more each time it looks at an endpoint.
_STATES = 22
_STATES_PER_LOOK = 3
_SECONDS_PER_LOOK = 15
_S3_PUTS = 13  # upload, five files of preprocess, model, two of evaluate, decision, two of report
_S3_GETS = 20
_KMS_REQUESTS = 40  # one for each S3 request, and some for volumes and logs
_LAMBDA_GB_SECONDS = 30  # seven functions of 0.5 to 3 GB, a few seconds each, cold starts included


@dataclass(frozen=True)
class Usage:
    """What is known of a run.

    Parameters
    ----------
    processing_seconds, training_seconds, endpoint_seconds : float or None
        Billed seconds; None if there was none.
    processing_instance, training_instance, endpoint_instance : str or None
    processing_volume_gb, volume_gb : int
        Volumes of the processing and the training job.
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
        ``total_usd`` (the sum of the lines), ``lines`` of ``item, quantity, unit, unit_price_usd,
        usd`` (price and amount None where the table has no price), ``prices_dated``,
        ``region_priced`` and ``complete`` (whether every line has a price).
    """
    table = prices()
    lines: list[dict[str, Any]] = []
    # Processing has training's price by the hour.
    for item, kind, seconds, instance in (
        ("Processing job", "training", usage.processing_seconds, usage.processing_instance),
        ("Training job", "training", usage.training_seconds, usage.training_instance),
        ("Endpoint", "hosting", usage.endpoint_seconds, usage.endpoint_instance),
    ):
        if seconds is not None and instance is not None:
            price = table["instance_hour"][kind].get(instance)
            lines.append(
                _line(f"{item} on {instance}", Decimal(str(seconds)) / HOUR, "hours", price)
            )
    if usage.serverless_mb is not None:
        lines.append(_serverless(usage.serverless_mb, usage.answering_seconds))
    for item, seconds, gigabytes in (
        ("Processing volume", usage.processing_seconds, usage.processing_volume_gb),
        ("Training volume", usage.training_seconds, usage.volume_gb),
    ):
        if seconds is not None and gigabytes:
            months = Decimal(str(seconds)) * gigabytes / MONTH
            lines.append(_line(item, months, "GB-months", table["volume_gb_month"]))
    lines += [
        _line(
            "Lambda functions, assumed", _LAMBDA_GB_SECONDS, "GB-s", table["lambda_gb_second_arm64"]
        ),
        _line(
            "Step Functions, assumed", _transitions(usage), "transitions", table["state_transition"]
        ),
        _line("S3 writes, assumed", _S3_PUTS, "requests", table["s3_put"]),
        _line("S3 reads, assumed", _S3_GETS, "requests", table["s3_get"]),
        _line("Encryption key (KMS), assumed", _KMS_REQUESTS, "requests", table["kms_request"]),
    ]
    total = sum((Decimal(str(line["usd"])) for line in lines if line["usd"] is not None), Decimal())
    return {
        "total_usd": float(total),
        "lines": lines,
        "prices_dated": table["dated"],
        "region_priced": table["region"],
        "complete": all(line["usd"] is not None for line in lines),
    }


def _serverless(memory_mb: int, seconds: float) -> dict[str, Any]:
    gigabyte_seconds = Decimal(str(seconds)) * memory_mb / 1024
    price = prices()["serverless_gb_second"]
    return _line(f"Serverless endpoint of {memory_mb} MB", gigabyte_seconds, "GB-s", price)


def _transitions(usage: Usage) -> int:
    if usage.endpoint_seconds is None:
        return _STATES
    looks = max(1, ceil(usage.endpoint_seconds / _SECONDS_PER_LOOK))
    return _STATES + _STATES_PER_LOOK * looks


def _line(item: str, quantity: Decimal | int, unit: str, price: str | None) -> dict[str, Any]:
    amount = None
    if price is not None:
        amount = float((Decimal(price) * quantity).quantize(_MICRO, ROUND_HALF_UP))
    return {
        "item": item,
        "quantity": float(round(Decimal(quantity), 6)),
        "unit": unit,
        "unit_price_usd": None if price is None else float(price),
        "usd": amount,
    }
