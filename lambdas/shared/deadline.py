"""How long the Lambda that runs may still work."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

_context: ContextVar[Any] = ContextVar("context")


def begin(context: Any) -> None:
    """Note the invocation's context."""
    _context.set(context)


def remaining_seconds() -> float:
    """Return the seconds until Lambda ends the invocation."""
    return float(_context.get().get_remaining_time_in_millis()) / 1000
