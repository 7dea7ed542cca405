"""Tasks of a state machine: ministack runs them without asking IAM for its role."""

import logging
from typing import Any

from localcloud import spark_tasks
from localcloud.implied_permissions import implied_permissions
from localcloud.ministack_internals import responses, stepfunctions
from localcloud.permissions import (
    Permission,
    denial,
    stop_permission,
    sync_permissions,
    task_operation,
    task_permissions,
)
from localcloud.sagemaker_tasks import error_cause, error_name

_log = logging.getLogger("localcloud")


def ask_for_task(resource: str, arguments: Any, execution: dict[str, Any]) -> None:
    """Ask for all that a task needs.

    Raises
    ------
    _ExecutionError
        When the role may not; named as Step Functions names it.
    """
    if not isinstance(arguments, dict):
        return
    here = responses.get_account_id(), responses.get_region()
    for permission in task_permissions(resource, arguments, *here):
        _ask(resource, execution, permission)
    if ".sync" in resource:
        for permission in sync_permissions(task_operation(resource)[1], arguments, *here):
            _ask(resource, execution, permission)


def ask_for_stop(resource: str, arguments: Any, execution: dict[str, Any]) -> None:
    """Ask for what stopping a job needs, when its execution was stopped; raises as above."""
    here = responses.get_account_id(), responses.get_region()
    _ask(resource, execution, stop_permission(task_operation(resource)[1], arguments, *here))


def _ask(resource: str, execution: dict[str, Any], permission: Permission) -> None:
    machine = stepfunctions.state_machines.get(execution.get("stateMachineArn"))
    if machine is None:
        return
    account, region = responses.get_account_id(), responses.get_region()
    for needed in (permission, *implied_permissions(permission, account, region)):
        message = denial(machine["roleArn"], needed, account, region)
        if message:
            _log.warning("refused: %s on %s", needed.action, needed.resource)
            raise stepfunctions.ExecutionError(*_denied(resource, message))


def _denied(resource: str, message: str) -> tuple[str, str]:
    if "sagemaker:" in resource:
        optimized = ":aws-sdk:" not in resource
        cause = error_cause(message, "AccessDeniedException", 400, optimized=optimized)
        return error_name("AccessDeniedException", optimized=optimized), cause
    if "emr-serverless:" in resource or ":emrserverless:" in resource:
        optimized = ":aws-sdk:" not in resource
        return spark_tasks.refusal(message, "AccessDeniedException", 403, optimized=optimized)
    service = "Lambda.AWSLambdaException" if "lambda" in resource else "SNS.AmazonSNSException"
    cause = f"{message} (Status Code: 403; Error Code: AccessDeniedException)"
    return service, cause
