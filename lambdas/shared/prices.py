"""List prices: those of one region on one date, each with what it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

HOUR = Decimal(3600)
MONTH = Decimal(730 * 3600)  # AWS's month: 730 hours


@cache
def prices() -> Mapping[str, Any]:
    """Return the price table."""
    text = (Path(__file__).parent / "prices.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def instance_second(kind: Literal["training", "hosting"], instance_type: str) -> Decimal | None:
    """Return the price of an instance for a second in USD, None if the table lacks it."""
    price = prices()["instance_hour"][kind].get(instance_type)
    return None if price is None else Decimal(price) / HOUR
