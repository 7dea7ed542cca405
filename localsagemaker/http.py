"""The wire: JSON 1.1 for ``sagemaker`` and its auto scaling, REST for ``sagemaker-runtime``."""

import json
import re
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from localsagemaker.core import LocalSageMaker
from localsagemaker.errors import ApiError

Answer = tuple[int, dict[str, str], bytes]
_INVOCATIONS = re.compile(r"/endpoints/([^/]+)/invocations")
_JSON = "application/x-amz-json-1.1"


def handle(
    core: LocalSageMaker, method: str, path: str, headers: dict[str, str], body: bytes
) -> Answer:
    """Answer one HTTP request.

    Returns
    -------
    tuple of (int, dict, bytes)
        Status, headers, body; never raises `ApiError`.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    found = _INVOCATIONS.fullmatch(urlsplit(path).path)
    try:
        if found and method == "POST":
            return _invoke(core, unquote(found[1]), lower, body)
    except ApiError as error:
        content = {"Message": error.message} | error.members
        return _answer(error.status, "application/json", content, {"x-amzn-ErrorType": error.code})
    try:
        return _answer(200, _JSON, _call(core, method, lower, body))
    except ApiError as error:
        content = {"__type": error.code, "message": error.message} | error.members
        return _answer(error.status, _JSON, content)


def _call(
    core: LocalSageMaker, method: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    service, _, operation = headers.get("x-amz-target", "").partition(".")
    call = {"SageMaker": core.call, "AnyScaleFrontendService": core.scale}.get(service)
    if call is None or method != "POST":
        raise ApiError("UnknownOperationException", "Unknown operation", 404)
    return call(operation, members_of(body))


def members_of(body: bytes) -> dict[str, Any]:
    """Return the members of a request's body; raise `ApiError` where it is no object of JSON."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "The request body is not JSON") from None
    if not isinstance(found, dict):
        raise ApiError("SerializationException", "Unexpected token at the start of the body")
    return found


def _invoke(core: LocalSageMaker, name: str, headers: dict[str, str], body: bytes) -> Answer:
    passed = {key: value for key, value in headers.items() if key.startswith("x-amzn-sagemaker-")}
    accept = headers.get("x-amzn-sagemaker-accept") or headers.get("accept")
    result = core.invoke_endpoint(name, body, headers.get("content-type"), accept, **passed)
    answered = {"Content-Type": result.content_type, "x-amzn-RequestId": str(uuid.uuid4())}
    return 200, answered | result.headers, result.body


def _answer(
    status: int, content_type: str, content: dict[str, Any], headers: dict[str, str] | None = None
) -> Answer:
    body = json.dumps(content, default=timestamp).encode()
    shared = {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4())}
    return status, shared | (headers or {}), body


def timestamp(value: Any) -> float:
    """Return a time as JSON on the wire has it, in seconds."""
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no place on the wire")
