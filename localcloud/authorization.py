"""Requests over HTTP: all that AWS asks is asked for, and what was asked is recorded."""

import contextvars
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from localcloud import permissions
from localcloud.implied_permissions import implied_permissions
from localcloud.ministack_internals import iam_actions, iam_evaluator, responses
from localcloud.permissions import (
    SCALING,
    SPARK,
    Permission,
    sagemaker_permissions,
    scaling_permissions,
    spark_permissions,
)
from localemr.http import request_of

# What the current request needs in addition to its first permission.
_further: contextvars.ContextVar[tuple[Permission, ...]] = contextvars.ContextVar(
    "further", default=()
)
# The condition keys of its first permission that ministack does not know.
_context: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar(
    "context", default=None
)


def install() -> None:
    """Ministack knows no SageMaker, and asks for one permission of each request."""
    _name_sagemaker_calls()
    _show_which_keys_encrypt()
    _match_line_breaks()
    _parse_policies_once()
    _ask_for_all()


def _name_sagemaker_calls() -> None:
    """Give the IAM evaluator the action and resources of SageMaker requests, and passed roles."""
    extract_action = iam_actions.extract_iam_action
    extract_resource = iam_actions.extract_resource_arn

    def action(service: str, method: str, path: str, *rest: Any) -> str | None:
        if service == "sagemaker" and path.startswith("/endpoints/"):
            return "sagemaker:InvokeEndpoint"
        if service == SPARK:
            return f"{SPARK}:{request_of(method, path, {}, b'')[0]}"
        found: str | None = extract_action(service, method, path, *rest)
        return found

    def resource(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        needed = _asked_here(service, method, path, headers, body)
        _context.set(needed[0].context if needed and service in {SCALING, SPARK} else None)
        _further.set(tuple(needed[1:]))
        if needed:
            return needed[0].resource
        if service == "scheduler":
            _further.set(tuple(_passed_by_schedule(body)))
        return str(extract_resource(service, method, path, headers, body, *rest))

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource


def _asked_here(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> list[Permission]:
    """Return all that a request needs, the main one first; nothing where ministack knows better."""
    here = responses.get_account_id(), responses.get_region()
    operation = operation_of(headers)
    if service == SPARK:
        return [*spark_permissions(*request_of(method, path, {}, body), *here)]
    if service == SCALING:
        return [*scaling_permissions(operation, json.loads(body or b"{}"), *here)]
    if service == "monitoring" and operation == "DeleteAlarms":
        return [Permission("cloudwatch:DeleteAlarms", arn) for arn in _alarm_arns(body)]
    if service != "sagemaker":
        return []
    if path.startswith("/endpoints/"):
        named = {"EndpointName": path.split("/")[2]}
        return [*sagemaker_permissions("InvokeEndpoint", named, *here)]
    return [*sagemaker_permissions(operation, json.loads(body or b"{}"), *here)]


def operation_of(headers: dict[str, str]) -> str:
    """Return the operation that a request in JSON is for."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def _alarm_arns(body: bytes) -> Iterator[str]:
    begin = f"arn:aws:cloudwatch:{responses.get_region()}:{responses.get_account_id()}:alarm:"
    for name in json.loads(body or b"{}").get("AlarmNames") or ["*"]:
        yield f"{begin}{name}"


def _show_which_keys_encrypt() -> None:
    """Policies see which key a write asks for, KMS's or its own (SSE-C); ministack's do not."""
    context_of = iam_actions.s3_object_context
    header = "x-amz-server-side-encryption"
    names = (f"{header}-aws-kms-key-id", f"{header}-customer-algorithm")

    def context(action: str, query: dict[str, Any], path: str, headers: dict[str, str]) -> Any:
        found = context_of(action, query, path, headers)
        if action == "s3:PutObject" and not iam_actions.query_param(query, "uploadId"):
            found |= {f"s3:{name}": headers[name] for name in names if headers.get(name)}
        return found

    iam_actions.s3_object_context = context


def _match_line_breaks() -> None:
    """Let a star stand for line breaks, too, as on AWS; for ministack it ends at them."""
    compile_pattern = iam_evaluator.fnmatch_compile

    @cache
    def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
        found = compile_pattern(pattern, ignore_case)
        return re.compile(found.pattern.removesuffix("$") + r"\Z", found.flags | re.DOTALL)

    iam_evaluator.fnmatch_compile = compiled


def _parse_policies_once() -> None:
    """Keep policies as they are parsed: each request asks for all of its role's."""
    parse = iam_evaluator.parse_policy_document
    parse_once = cache(parse)

    def parsed(document: str | dict[str, Any]) -> Any:
        return parse_once(document) if isinstance(document, str) else parse(document)

    iam_evaluator.parse_policy_document = parsed


def _passed_by_schedule(body: bytes) -> Iterator[Permission]:
    role = (json.loads(body or b"{}").get("Target") or {}).get("RoleArn")
    if role:
        yield Permission("iam:PassRole", role, {"iam:passedtoservice": "scheduler.amazonaws.com"})


def _ask_for_all() -> None:
    ask = iam_evaluator.enforce

    def enforce(  # noqa: PLR0913, PLR0917 - ministack's own parameters
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        own = _context.get()
        _context.set(None)
        service_context = {**(service_context or {}), **own} if own else service_context
        denied = ask(access_key_id, iam_action, service, region, resource_arn, service_context)
        role = _role(access_key_id)
        if role is None:
            return denied
        permission = Permission(iam_action, resource_arn, service_context or {})
        permissions.record(
            role, iam_action, resource_arn, permission.context, allowed=denied is None
        )
        for needed in _beside(permission, region):
            denied = denied or enforce(
                access_key_id,
                needed.action,
                needed.action.split(":")[0],
                region,
                needed.resource,
                needed.context,
            )
        return denied

    iam_evaluator.enforce = enforce


def _beside(permission: Permission, region: str) -> Iterator[Permission]:
    yield from implied_permissions(permission, responses.get_account_id(), region)
    if permission.action.startswith(
        ("sagemaker:", "scheduler:", "cloudwatch:", f"{SCALING}:", f"{SPARK}:")
    ):
        further = _further.get()
        _further.set(())  # those are asked for by this same function
        yield from further


def _role(access_key_id: str) -> str | None:
    """Return the name of the role whose session a key belongs to."""
    credential = iam_evaluator.resolve_credential(access_key_id or "", responses.get_account_id())
    if getattr(credential, "principal_type", "") != "AssumedRole":
        return None
    return str(credential.principal_arn).split("/")[1]
