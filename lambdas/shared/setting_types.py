"""Types of settings that come as one text in metadata and as more in YAML."""

from __future__ import annotations

import csv
import json
from typing import Annotated, Any

from pydantic import BeforeValidator

from lambdas.shared.message import Message
from lambdas.shared.setting_errors import Refused


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


Names = Annotated[tuple[str, ...], BeforeValidator(_list)]
