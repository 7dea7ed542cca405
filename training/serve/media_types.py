"""Content-Type and Accept headers: what the endpoint reads and writes."""

from __future__ import annotations

import re
from functools import lru_cache

from training import written_requests
from training.errors import RequestError
from training.written_requests import parameters

CSV = "text/csv"
JSON = "application/json"
NPY = "application/x-npy"
JSON_LINES = "application/jsonlines"
READ = (CSV, JSON, JSON_LINES, NPY)
WRITTEN = (JSON, CSV)  # where a client likes both the same, the first one
_STRONGEST = re.compile("explain=([1-9][0-9]{0,3})")


# Clients send the same few headers with every request.
@lru_cache(maxsize=64)
def request_type(header: str) -> str:
    """Return the media type of a Content-Type header, its parameters aside.

    Raises
    ------
    RequestError
        415 if it is none of ``READ``, or names a character set other than UTF-8.
    """
    media_type, *parameters = [part.strip().lower() for part in header.split(";")]
    if media_type not in READ:
        raise RequestError(415, f"Content-Type must be {', '.join(READ[:-1])} or {NPY}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8", "us-ascii"):
            raise RequestError(415, "the request must be encoded in UTF-8")
    return media_type


lacks_header = lru_cache(maxsize=64)(written_requests.lacks_header)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=64)
def response_type(header: str) -> str:
    """Return the supported media type that an Accept header likes best.

    Raises
    ------
    RequestError
        406 if it accepts neither CSV nor JSON.
    """
    best: dict[str, tuple[int, float]] = {}
    for item in (header or "*/*").lower().split(","):
        pattern, *parameters = [part.strip() for part in item.split(";")]
        for media_type in WRITTEN:
            family = media_type.split("/")[0] + "/*"
            exactness = {"*/*": 1, family: 2, media_type: 3}.get(pattern, 0)
            # The most exact pattern decides a type's quality (RFC 9110, section 12.5.1).
            if exactness > best.get(media_type, (0, 0.0))[0]:
                best[media_type] = (exactness, _quality(parameters))
    liked = max(WRITTEN, key=lambda media_type: best.get(media_type, (0, 0.0))[1])
    if best.get(liked, (0, 0.0))[1] <= 0:
        raise RequestError(406, f"Accept must allow {CSV} or {JSON}")
    return liked


# InvokeEndpoint passes no query on, but the whole of this header.
@lru_cache(maxsize=64)
def wants_reasons(header: str) -> bool:
    """Return whether an Accept header asks for reasons, as ``application/json; explain=true``."""
    return "explain=true" in parameters(header) or strongest_wanted(header) is not None


@lru_cache(maxsize=64)
def strongest_wanted(header: str) -> int | None:
    """Return how many reasons a row may have, as ``text/csv; explain=3``; None for all."""
    found = (_STRONGEST.fullmatch(part) for part in parameters(header))
    return next((int(match[1]) for match in found if match), None)


@lru_cache(maxsize=64)
def wants_details(header: str) -> bool:
    """Return whether an Accept header asks for all that is known, as ``text/csv; details=true``."""
    return "details=true" in parameters(header)
