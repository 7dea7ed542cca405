"""A line of captured data: what was asked, and what the endpoint answered."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.requests import OWN

# Where AWS says how a body was captured, but not what it is.
_TYPES = {"CSV": "text/csv", "JSON": "application/json"}


@dataclass(frozen=True)
class Body:
    """A body with its Content-Type."""

    content: bytes
    content_type: str

    @property
    def media_type(self) -> str:
        """The type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The content as text.

        Raises
        ------
        UnicodeDecodeError
        """
        return self.content.decode("utf-8-sig")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Parameters
    ----------
    time : datetime
        When it was asked.
    is_own : bool
        Whether Molino itself asked.
    """

    asked: Body
    answered: Body
    time: dt.datetime
    is_own: bool


def read_exchange(line: bytes) -> Exchange | None:
    """Return what a line holds; None if it is not of the form that SageMaker documents.

    The developer guide has it under "Capture data from real-time endpoint".
    """
    try:
        record = json.loads(line)
        data, event = record["captureData"], record["eventMetadata"]
        return Exchange(
            _body(data["endpointInput"]),
            _body(data["endpointOutput"]),
            dt.datetime.fromisoformat(event["inferenceTime"]).astimezone(dt.UTC),
            OWN in (event.get("customAttributes") or ()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _body(side: Mapping[str, Any]) -> Body:
    data, encoding = side["data"], side["encoding"]
    content = base64.b64decode(data, validate=True) if encoding == "BASE64" else data.encode()
    return Body(content, str(side.get("observedContentType") or _TYPES.get(encoding, "")))
