"""Types of settings that come as one text in metadata and as more in YAML."""

from __future__ import annotations

import csv
import json
from typing import Annotated, Any

from pydantic import BeforeValidator

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.mistakes import Refused


def _list(value: Any) -> Any:
    """Take a list as YAML has it, as JSON, or as one line of CSV, which metadata must use."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(Message("it is not a list in JSON")) from None
    return [item.strip() for item in next(csv.reader([value], skipinitialspace=True), [])]


def _pairs(value: Any) -> Any:
    """Take names with values as YAML has them, as JSON, or as "name=value" in one line of CSV."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(Message("it is not an object in JSON")) from None
    items = [item.partition("=") for item in _list(value) if item]
    if not all(sign for _, sign, _ in items):
        raise Refused(Message("it is not a list of names with values, such as visit=%d/%m/%Y"))
    return {name.strip(): text.strip() for name, _, text in items}


Pairs = Annotated[dict[str, str], BeforeValidator(_pairs)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list)]
