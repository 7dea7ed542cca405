"""What stands before the local cloud: no web page gets in, and nothing that is not signed."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from localsagemaker.callers import refusal

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
HEALTH = "/_ministack/health"
# What ministack has besides AWS's services: reset, configuration, messages, functions' code. It
# asks nobody who wants them, and nothing of ours needs them.
_INTERNAL = ("/_ministack", "/_localstack", "/_aws")
_ALGORITHM = "AWS4-HMAC-SHA256"


def guarded(application: Any, port: int) -> Any:
    """Return an application that refuses web pages, what is unsigned, and ministack's own paths.

    Signatures themselves are checked behind it (`localcloud.credentials`). Whatever the answer, no
    web page may read it.
    """

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        problem = _problem(scope, port)
        if problem is None:
            await application(scope, receive, _without_cors(send))
        elif scope["type"] == "http":
            await _refuse(send, problem, _headers(scope))
        else:
            await send({"type": "websocket.close", "code": 1008})

    return guard


def _problem(scope: Message, port: int) -> str | None:
    headers = _headers(scope)
    foreign = refusal(headers, port)
    if foreign or scope["type"] != "http":
        return foreign or "there are no web sockets here"
    if scope["path"] == HEALTH and scope["method"] == "GET":
        return None
    if scope["path"].startswith(_INTERNAL):
        return "this path is closed"
    return None if _claims_a_signature(scope, headers) else "the request is not signed"


def _claims_a_signature(scope: Message, headers: dict[str, str]) -> bool:
    """Return whether there is a signature of a kind that is checked for every service."""
    if "authorization" in headers:
        return headers["authorization"].startswith(f"{_ALGORITHM} ")
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    if query.get("X-Amz-Algorithm") == [_ALGORITHM]:
        return len(query.get("X-Amz-Signature", [])) == 1
    # boto3 still signs addresses in the older way by default.
    return all(len(query.get(name, [])) == 1 for name in ("AWSAccessKeyId", "Signature", "Expires"))


def _headers(scope: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, value in scope.get("headers", []):
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        # One that comes twice is nobody's that we know.
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


async def _refuse(send: Send, problem: str, headers: dict[str, str]) -> None:
    code, message = "AccessDenied", f"Access Denied: {problem}"
    if headers.get("content-type", "").startswith("application/x-amz-json"):
        kind, body = "application/json", json.dumps({"__type": code, "message": message})
    else:
        kind = "application/xml"
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    start = {"type": "http.response.start", "status": 403}
    await send(start | {"headers": [(b"content-type", kind.encode()), (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body.encode()})


def _without_cors(send: Send) -> Send:
    """Take out what ministack lets any page read: ``Access-Control-Allow-Origin: *``."""

    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value)
                for name, value in message.get("headers", [])
                if not name.lower().startswith(b"access-control-")
            ]
        await send(message)

    return send_without
