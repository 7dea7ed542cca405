"""The one way into a handler: parse the event, and let no library's text out.

Messages of libraries quote what they stumble over, which may be a cell of private data. So an
unknown exception leaves a handler as its class and place only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from lambdas.shared.failures.errors import (
    AccessDenied,
    InvalidEvent,
    MolinoError,
    NamesTooLong,
    Throttled,
    UnexpectedError,
    frames,
)
from lambdas.shared.findings.message import Message
from lambdas.shared.observability import belongs_to, flush, logger, tracer

Event = TypeVar("Event", bound=BaseModel)
Answer = BaseModel | dict[str, Any]
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
# Step Functions keeps at most 256 KiB of a state's data, and ends an execution beyond that in a way
# that nothing catches. Report is given what seven steps answered, so that each has a share.
STATE_BYTES = 32 * 1024
_context: ContextVar[Any] = ContextVar("context")
# Where the events of the state machine, the report and Step Functions name the execution.
_EXECUTION = "execution_name || execution.name || detail.name"


def entry(
    model: type[Event], *, most_bytes: int | None = STATE_BYTES
) -> Callable[[Callable[[Event], Answer]], Handler]:
    """Decorate a handler.

    Parameters
    ----------
    model : type of pydantic.BaseModel
        What the event must fit.
    most_bytes : int or None
        Of the answer, as JSON; None for a function that no state machine invokes.

    Returns
    -------
    callable
        Decorator that makes ``handler(event, context)`` of a function of the parsed event. The
        handler raises ``MolinoError`` and nothing else.
    """

    def decorate(function: Callable[[Event], Answer]) -> Handler:
        # The tracer stands outside: exceptions it records have already lost foreign texts.
        @tracer.capture_lambda_handler(capture_response=False, capture_error=False)
        @logger.inject_lambda_context(clear_state=True, correlation_id_path=_EXECUTION)
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            _context.set(context)
            belongs_to(logger.get_correlation_id())
            result, failure = _attempt(function, model, event, context, most_bytes)
            flush()
            # Raised here, outside any except block, so that nothing is chained to it.
            if failure is not None:
                raise failure
            return result

        return handler  # type: ignore[no-any-return]  # powertools' decorators are typed loosely

    return decorate


def _attempt(
    function: Callable[[Event], Answer],
    model: type[Event],
    event: Any,
    context: Any,
    most_bytes: int | None,
) -> tuple[dict[str, Any], MolinoError | None]:
    failure: MolinoError
    try:
        return _small(function(_parse(model, event)), most_bytes), None
    except MolinoError as error:
        failure = error
        logger.warning("failed for a known reason", extra={"code": error.code})
    except ClientError as error:
        failure = _refused(error)
        logger.error("failed", extra={"code": failure.code, "frames": frames(error)})
    except Exception as error:  # noqa: BLE001 - everything else must lose its text here
        service = os.environ.get("POWERTOOLS_SERVICE_NAME", function.__module__)
        name = type(error).__name__
        logger.error("failed", extra={"exception": name, "frames": frames(error)})
        where = Message(
            "{name} in {service}, see the log of request {request}",
            name=name,
            service=service,
            request=str(context.aws_request_id),
        )
        failure = UnexpectedError(where)
    failure.__cause__ = failure.__context__ = None
    return {}, failure


def _small(answer: Answer, most_bytes: int | None) -> dict[str, Any]:
    result = answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer
    size = len(json.dumps(result, ensure_ascii=False).encode("utf-8", "replace"))
    if most_bytes is not None and size > most_bytes:
        text = Message(
            "they take {size} bytes, and {most} are possible", size=size, most=most_bytes
        )
        raise NamesTooLong(text)
    return result


def _refused(error: ClientError) -> MolinoError:
    """Name an AWS call that failed, and how; the service's text may quote names of objects."""
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    text = Message("{call} answered {code}", call=error.operation_name, code=code)
    if code in ("AccessDenied", "AccessDeniedException", "403"):
        return AccessDenied(text)
    if "Throttl" in code or code in ("SlowDown", "TooManyRequestsException"):
        return Throttled(text)
    return UnexpectedError(text)


def _parse(model: type[Event], event: Any) -> Event:
    problems: list[Message] = []
    try:
        return model.model_validate(event)
    except ValidationError as error:
        # Location and kind only: pydantic's own text quotes the input.
        problems = [
            Message(
                "“{place}”: {kind}",
                place=".".join(str(part) for part in found["loc"]),
                kind=found["type"],
            )
            for found in error.errors(include_input=False, include_context=False, include_url=False)
        ]
    raise InvalidEvent(*problems)


def remaining_seconds() -> float:
    """Return the seconds until Lambda ends the invocation."""
    return float(_context.get().get_remaining_time_in_millis()) / 1000
