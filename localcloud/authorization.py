"""Requests over HTTP: what AWS asks unseen is asked for too, and all that is asked is recorded."""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

from localcloud import permission_log
from localcloud.implied_permissions import implied_permissions
from localcloud.permissions import Permission


def install() -> None:
    """Ministack asks for the permission of the request alone."""
    ask = iam_evaluator.enforce

    def enforce(  # noqa: PLR0913, PLR0917 - ministack's own parameters
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        denied = ask(access_key_id, iam_action, service, region, resource_arn, service_context)
        role = _role(access_key_id)
        if role is None:
            return denied
        permission = Permission(iam_action, resource_arn, service_context or {})
        permission_log.record(role, permission, allowed=denied is None)
        if denied is not None:
            return denied
        for needed in implied_permissions(permission, get_account_id(), region):
            of = needed.action.split(":")[0]
            denied = denied or enforce(
                access_key_id, needed.action, of, region, needed.resource, needed.context
            )
        return denied

    iam_evaluator.enforce = enforce


def _role(access_key_id: str) -> str | None:
    """Return the name of the role whose session a key belongs to."""
    principal = iam_evaluator.resolve_principal(access_key_id or "", get_account_id())
    if getattr(principal, "type", "") != "AssumedRole":
        return None
    return str(principal.arn).split("/")[1]
