"""Where a request's header has the features' columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from training.errors import RequestError
from training.schema import Schema

NAMED = 20  # columns in a message


def positions(schema: Schema, header: Sequence[Any]) -> dict[str, int]:
    """Return where each feature is in a header, in the schema's order.

    Raises
    ------
    RequestError
        400 if a feature is missing or there more than once.
    """
    names = [name if isinstance(name, str) else None for name in header]
    times, places = Counter(names), {name: place for place, name in enumerate(names)}
    absent = [name for name in schema.names if name not in times]
    if absent:
        raise RequestError(400, f"missing column(s): {_quoted(absent)}")
    repeated = [name for name in schema.names if times[name] > 1]
    if repeated:
        raise RequestError(400, f"column(s) given more than once: {_quoted(repeated)}")
    return {name: places[name] for name in schema.names}


def _quoted(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + more
