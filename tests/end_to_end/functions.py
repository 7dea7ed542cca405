"""Call a deployed function by the folder of its handler."""

import json
from typing import Any

from localcloud.session import Session


def invoke(session: Session, handler: str, **event: Any) -> dict[str, Any]:
    """Invoke it and return its answer, or what it raised as Lambda tells it."""
    client = session.cloud.client("lambda")
    name = next(
        function["FunctionName"]
        for function in client.list_functions()["Functions"]
        if handler in function["Handler"]
    )
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
    payload: dict[str, Any] = json.load(answer["Payload"])
    return payload
