"""Call a deployed function by the folder of its handler."""

import json
from typing import Any

from localcloud.session import Session


def function_name(session: Session, handler: str) -> str:
    """Return the name of a deployed function."""
    pages = session.cloud.client("lambda").get_paginator("list_functions").paginate()
    return next(
        str(function["FunctionName"])
        for page in pages
        for function in page["Functions"]
        if function["Handler"] == f"lambdas.{handler}.handler.handler"
    )


def invoke(session: Session, handler: str, **event: Any) -> dict[str, Any]:
    """Invoke it and return its answer, or what it raised as Lambda tells it."""
    client, name = session.cloud.client("lambda"), function_name(session, handler)
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
    payload: dict[str, Any] = json.load(answer["Payload"])
    return payload
