"""Who may call a server on loopback: programs of this machine, never a web page.

A page in a browser can send requests to loopback, and by DNS rebinding read the answers, too: the
page's own name then leads to 127.0.0.1. Browsers say that name in ``Host``, whose page asks in
``Origin``, and that it is another's in ``Sec-Fetch-Site``; programs send neither of the latter.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

# Names below localhost are buckets', as clients write them (RFC 6761 keeps these on the machine).
_OURS = re.compile(r"(127\.0\.0\.1|localhost|(s3|[a-z0-9-]{3,63}(\.s3)?)\.localhost)", re.ASCII)
_FOREIGN_SITES = ("cross-site", "same-site")


def refusal(headers: Mapping[str, str], port: int) -> str | None:
    """Return why a request is refused; None if it is not.

    Parameters
    ----------
    headers : mapping
        Names in lower case.
    port : int
        Where the server listens.
    """
    if not _is_ours(headers.get("host", ""), port):
        return "the header Host names another server than this one"
    origin = headers.get("origin")
    if origin is not None and not _is_ours(urlsplit(origin).netloc, port):
        return "web pages may not call this server (header Origin)"
    if headers.get("sec-fetch-site") in _FOREIGN_SITES:
        return "web pages may not call this server (header Sec-Fetch-Site)"
    return None


def _is_ours(netloc: str, port: int) -> bool:
    name, _, given = netloc.lower().partition(":")
    return given == str(port) and _OURS.fullmatch(name) is not None
