"""InvokeEndpoint: one request to an endpoint's process, with AWS's limits and errors."""

import http.client
import uuid
from dataclasses import dataclass, field
from typing import Any

from localsagemaker.capture import Payload
from localsagemaker.context import MAX_BODY_BYTES, MAX_SERVERLESS_BODY_BYTES, Context
from localsagemaker.endpoint_run import EndpointRun
from localsagemaker.endpoints import Endpoints
from localsagemaker.errors import ApiError
from localsagemaker.model_container import exchange

_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"
_PASSED_ON = (_CUSTOM, "X-Amzn-SageMaker-Target-Model", "X-Amzn-SageMaker-Inference-Id")
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


@dataclass(frozen=True)
class InvokeResult:
    """What an endpoint answered."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def invoke(
    context: Context, endpoints: Endpoints, name: str, body: bytes, headers: dict[str, str]
) -> InvokeResult:
    """Send one request.

    Parameters
    ----------
    headers
        The request's headers; names in any case.

    Raises
    ------
    ApiError
        ``ValidationError`` (no such endpoint in service, body above 6 MB), ``ModelError`` (the
        container answered no success, or not in time), ``ServiceUnavailable``.
    """
    _check_size(body, MAX_BODY_BYTES)
    lower = {key.lower(): value for key, value in headers.items() if value}
    sent = {
        "Content-Type": lower.get("content-type", "application/octet-stream"),
        "Accept": lower.get("accept", "*/*"),
        "X-Amzn-SageMaker-Request-Id": str(uuid.uuid4()),
    }
    sent |= {key: lower[key.lower()] for key in _PASSED_ON if key.lower() in lower}
    with endpoints.answering(name) as (run, record):
        limit = MAX_SERVERLESS_BODY_BYTES if run.serverless else MAX_BODY_BYTES
        _check_size(body, limit)
        with run.request():
            status, answered, answer = _exchange(context, name, run, body, sent)
        if len(answer) > limit:
            raise _model_error(context, name, status, None)
        if not 200 <= status < 300:
            raise _model_error(context, name, status, answer.decode("utf-8", "replace"))
        content_type = answered.get("Content-Type", "application/octet-stream")
        if run.capture:
            asked = Payload(body, sent["Content-Type"])
            run.capture.record(asked, Payload(answer, content_type), _metadata(lower))
    result_headers = {
        "x-Amzn-Invoked-Production-Variant": record["ProductionVariants"][0]["VariantName"]
    }
    if _CUSTOM in answered:
        result_headers[_CUSTOM] = answered[_CUSTOM]
    return InvokeResult(answer, content_type, status, result_headers)


def _check_size(body: bytes, limit: int) -> None:
    if len(body) > limit:
        raise ApiError(
            "ValidationError",
            "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}",
        )


def _metadata(headers: dict[str, str]) -> dict[str, Any]:
    """Return what a captured exchange says of its request's own headers."""
    found: dict[str, Any] = {}
    if "x-amzn-sagemaker-inference-id" in headers:
        found["inferenceId"] = headers["x-amzn-sagemaker-inference-id"]
    if _CUSTOM.lower() in headers:
        found["customAttributes"] = [headers[_CUSTOM.lower()]]
    return found


def _exchange(
    context: Context, name: str, run: EndpointRun, body: bytes, headers: dict[str, str]
) -> tuple[int, http.client.HTTPMessage, bytes]:
    try:
        return exchange(
            run.port,
            "POST",
            "/invocations",
            body,
            headers,
            seconds=context.limits.invocation_seconds,
            most=MAX_BODY_BYTES + 1,
        )
    except TimeoutError:
        raise _model_error(context, name, 0, _TIMED_OUT) from None
    except ConnectionRefusedError:
        raise ApiError(
            "ServiceUnavailable", "Service is unavailable. Try your call again.", 503
        ) from None
    except (OSError, http.client.HTTPException):
        # The worker died under the request; gunicorn puts a new one in its place.
        raise _model_error(context, name, 0, "") from None


def _model_error(context: Context, name: str, status: int, text: str | None) -> ApiError:
    region, group = context.region, f"/aws/sagemaker/Endpoints/{name}"
    client = 400 <= status < 500
    received = f"Received {'client' if client else 'server'} error ({status}) from primary"
    detail = (
        f' with message "{text}"'
        if text is not None
        else " and could not load the entire response body"
    )
    where = (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logEventViewer:group={group} in account {context.account}"
    )
    return ApiError(
        "ModelError",
        f"{received}{detail}. See {where} for more information.",
        424,
        {
            "OriginalStatusCode": status,
            "OriginalMessage": text or "",
            "LogStreamArn": (
                f"arn:{context.partition}:logs:{region}:{context.account}:log-group:{group}"
            ),
            "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if client else "INTERNAL_FAILURE_FROM_MODEL",
        },
    )
