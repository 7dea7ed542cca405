"""The wire: REST with JSON, as botocore's model of the service describes it."""

import json
import re
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from botocore.model import OperationModel

from localemr.core import SERVICE, LocalEmrServerless
from localsagemaker.errors import ApiError
from localsagemaker.http import members_of, timestamp
from localsagemaker.validation import service_model

Answer = tuple[int, dict[str, str], bytes]
_PART = re.compile(r"\\{(\w+)\\}")


def handle(
    core: LocalEmrServerless, method: str, path: str, query: Mapping[str, Any], body: bytes
) -> Answer:
    """Answer one HTTP request.

    Parameters
    ----------
    query
        Values by name, a list or a text each.

    Returns
    -------
    tuple of (int, dict, bytes)
        Status, headers, body; never raises `ApiError`.
    """
    shared = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
    try:
        operation, parameters = request_of(method, path, query, body)
        answer = core.call(operation, parameters)
    except ApiError as error:
        content = {"message": error.message} | error.members
        headers = shared | {"x-amzn-ErrorType": error.code}
        return error.status, headers, json.dumps(content).encode()
    return 200, shared, json.dumps(answer, default=timestamp).encode()


def request_of(
    method: str, path: str, query: Mapping[str, Any], body: bytes
) -> tuple[str, dict[str, Any]]:
    """Return the operation that a request is for, and its parameters.

    Raises
    ------
    ApiError
        If there is none.
    """
    for (verb, pattern), operation in _routes().items():
        found = re.fullmatch(pattern, path)
        if found and verb == method:
            named = {name: unquote(value) for name, value in found.groupdict().items()}
            return operation.name, members_of(body) | _queried(operation, query) | named
    raise ApiError("UnknownOperationException", "Unknown operation", 404)


@cache
def _routes() -> dict[tuple[str, str], OperationModel]:
    model = service_model(SERVICE)
    found = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = _PART.sub(_matching, re.escape(operation.http["requestUri"]))
        found[operation.http["method"], pattern] = operation
    return found


def _matching(part: re.Match[str]) -> str:
    """Return the pattern of a part of a path; an ARN has slashes, which come decoded."""
    signs = "." if part[1].endswith("Arn") else "[^/]"
    return f"(?P<{part[1]}>{signs}+)"


def _queried(operation: OperationModel, query: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    members = operation.input_shape.members if operation.input_shape else {}
    for name, shape in members.items():
        if shape.serialization.get("location") != "querystring":
            continue
        given = query.get(shape.serialization.get("name", name))
        if given is None:
            continue
        values = given if isinstance(given, list) else [given]
        if shape.type_name == "list":
            parameters[name] = values
        else:
            parameters[name] = int(values[0]) if shape.type_name == "integer" else values[0]
    return parameters
