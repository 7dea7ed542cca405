"""What ministack's events lack of AWS's, added as they are dispatched."""

import contextvars
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.ministack_internals import eventbridge, s3

# Source of the event that is being made, and what is to be added to its detail.
_lacking: contextvars.ContextVar[tuple[str, dict[str, Any]]] = contextvars.ContextVar(
    "lacking", default=("", {})
)


def install() -> None:
    """Add what was given to `with_details`; S3's "Object Created" events name the version."""
    fire, dispatch = s3.fire_s3_event, eventbridge.dispatch_event

    def fire_with_version(*arguments: Any, **named: Any) -> None:
        version_id = named.get("version_id")
        with with_details("aws.s3", {"object": {"version-id": version_id}} if version_id else {}):
            fire(*arguments, **named)

    def dispatch_with_details(event: dict[str, Any], *rest: Any) -> Any:
        source, details = _lacking.get()
        if details and event.get("Source") == source:
            detail = json.loads(event["Detail"])
            for name, value in details.items():
                both = isinstance(value, dict) and isinstance(detail.get(name), dict)
                detail[name] = detail[name] | value if both else value
            event = event | {"Detail": json.dumps(detail)}
        return dispatch(event, *rest)

    s3.fire_s3_event = fire_with_version
    eventbridge.dispatch_event = dispatch_with_details


@contextmanager
def with_details(source: str, details: dict[str, Any]) -> Iterator[None]:
    """Add to the detail of the source's event that is made meanwhile."""
    token = _lacking.set((source, details))
    try:
        yield
    finally:
        _lacking.reset(token)
