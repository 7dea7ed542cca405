"""What a call needs by IAM: its action, resources and condition keys, and whether a role has them.

SageMaker's resource types per action follow AWS's Service Authorization Reference
("Actions, resources, and condition keys for Amazon SageMaker").
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate

Parameters = dict[str, Any]

_RESOURCES = {
    "TrainingJobName": "training-job",
    "ProcessingJobName": "processing-job",
    "HyperParameterTuningJobName": "hyper-parameter-tuning-job",
    "TransformJobName": "transform-job",
    "ModelName": "model",
    "EndpointConfigName": "endpoint-config",
    "EndpointName": "endpoint",
    "ModelPackageGroupName": "model-package-group",
    "ModelPackageName": "model-package",
    "ModelPackageArn": "model-package",
}
_PASSED_ROLES = ("RoleArn", "ExecutionRoleArn")


@dataclass(frozen=True)
class Permission:
    """One action on one resource, under condition keys."""

    action: str
    resource: str
    context: dict[str, Any] = field(default_factory=dict)


def sagemaker_permissions(
    operation: str, parameters: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield every permission that a SageMaker call needs, the main one first."""
    prefix = f"arn:aws:sagemaker:{region}:{account}"
    tags = parameters.get("Tags") or []
    context: dict[str, Any] = {"aws:tagkeys": [tag["Key"] for tag in tags] or None}
    context |= {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags}
    named = [
        _arn(prefix, kind, str(parameters[member]).lower())
        for member, kind in _RESOURCES.items()
        if parameters.get(member) and not operation.startswith("List")
    ]
    if operation in {"AddTags", "DeleteTags", "ListTags"}:
        named = [parameters.get("ResourceArn", "*")]
    for resource in named or ["*"]:
        yield Permission(f"sagemaker:{operation}", resource, context)
    package = (parameters.get("PrimaryContainer") or {}).get("ModelPackageName")
    if package:
        yield Permission(
            f"sagemaker:{operation}", _arn(prefix, "model-package", package.lower()), context
        )
    if tags and operation.startswith("Create"):
        yield Permission("sagemaker:AddTags", named[-1] if named else "*", context)
    for given in (parameters, parameters.get("TrainingJobDefinition") or {}):
        for member in _PASSED_ROLES:
            if given.get(member):
                passed = {"iam:passedtoservice": "sagemaker.amazonaws.com"}
                yield Permission("iam:PassRole", given[member], passed)


def _arn(prefix: str, kind: str, name: str) -> str:
    # Members of model packages take a name or an ARN.
    return name if name.startswith("arn:") else f"{prefix}:{kind}/{name}"


def task_permissions(
    resource: str, arguments: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield what a Step Functions task needs, by the integration named in its ``Resource``."""
    service, _, operation = resource.removeprefix("arn:aws:states:::").rpartition(":")
    operation = operation.split(".")[0]
    operation = operation[:1].upper() + operation[1:]
    match service:
        case "lambda":
            yield Permission("lambda:InvokeFunction", arguments.get("FunctionName", "*"))
        case "sns":
            yield Permission("sns:Publish", arguments.get("TopicArn", "*"))
        case "events":
            for entry in arguments.get("Entries", [{}]):
                bus = entry.get("EventBusName", "default")
                bus_arn = f"arn:aws:events:{region}:{account}:event-bus/{bus}"
                context = {"events:source": entry.get("Source")}
                yield Permission("events:PutEvents", bus if ":" in bus else bus_arn, context)
        case "sagemaker" | "aws-sdk:sagemaker":
            yield from sagemaker_permissions(operation, arguments, account, region)
        case _:
            yield Permission(f"{service.removeprefix('aws-sdk:')}:{operation}", "*")


def denial(role_arn: str, permission: Permission, account: str, region: str) -> str | None:
    """Return AWS's message for a refused call, or None when ``role_arn`` may make it."""
    role_name = role_arn.rsplit("/", 1)[-1]
    principal = f"arn:aws:sts::{account}:assumed-role/{role_name}/execution"
    context = EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=permission.action,
        resource_arn=permission.resource,
        region=region,
        secure_transport=True,
        service_context=permission.context,
    )
    decision = evaluate(context, _gather_role_policies(role_name, account)).decision
    if decision == "Allow":
        return None
    reason = (
        "with an explicit deny in an identity-based policy"
        if decision == "Deny"
        else f"because no identity-based policy allows the {permission.action} action"
    )
    return (
        f"User: {principal} is not authorized to perform: {permission.action} "
        f"on resource: {permission.resource} {reason}"
    )
