"""What a call needs by IAM: its action, resources and condition keys, and whether a role has them.

SageMaker's resource types per action follow AWS's Service Authorization Reference
("Actions, resources, and condition keys for Amazon SageMaker").
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.ministack_internals import iam_evaluator

Parameters = dict[str, Any]
# Names a file in which all that is asked of IAM is written down.
VARIABLE = "LOCALCLOUD_PERMISSIONS"
_lock = threading.Lock()

SCALING, SPARK = "application-autoscaling", "emr-serverless"
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
_OF_ONE = ("ListTrainingJobsForHyperParameterTuningJob",)  # lists that have a resource
_NOT_ASKED_FOR = {("CreateTransformJob", "ModelName")}  # named, but no resource of the action
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
    named = _named(operation, parameters, prefix)
    for resource in named or ["*"]:
        yield Permission(f"sagemaker:{operation}", resource, context)
    package = (parameters.get("PrimaryContainer") or {}).get("ModelPackageName")
    if package:
        yield Permission(
            f"sagemaker:{operation}", _arn(prefix, "model-package", package.lower()), context
        )
    if operation == "CreateModelPackage":
        yield from _packed(parameters)
    if tags and operation.startswith("Create"):
        yield Permission("sagemaker:AddTags", named[-1] if named else "*", context)
    rollback = (parameters.get("DeploymentConfig") or {}).get("AutoRollbackConfiguration") or {}
    for alarm in rollback.get("Alarms", []):  # "Auto-Rollback Configuration and Monitoring"
        arn = f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm['AlarmName']}"
        yield Permission("cloudwatch:DescribeAlarms", arn)
    for given in (parameters, parameters.get("TrainingJobDefinition") or {}):
        yield from _passed_roles_and_volumes(given)


_ALARM_ACTIONS = {
    "PutScalingPolicy": ("DescribeAlarms", "PutMetricAlarm"),
    "DeregisterScalableTarget": ("DeleteAlarms",),
}


def scaling_permissions(
    operation: str, parameters: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield every permission that a call of Application Auto Scaling needs, the main one first.

    By the Service Authorization Reference, and SageMaker's "Auto scaling prerequisites": policies
    make and delete their alarms in the caller's name. A target's number is not known to who calls.
    """
    action = f"{SCALING}:{operation}"
    if operation.startswith("Describe"):
        yield Permission(action, "*")
        return
    context = {
        f"{SCALING}:{key}": parameters.get(member)
        for key, member in (
            ("service-namespace", "ServiceNamespace"),
            ("scalable-dimension", "ScalableDimension"),
        )
    }
    target = f"arn:aws:{SCALING}:{region}:{account}:scalable-target/0123456789abcdef"
    yield Permission(action, target, context)
    alarm = f"alarm:TargetTracking-{parameters.get('ResourceId')}-AlarmHigh-0"
    for each in _ALARM_ACTIONS.get(operation, ()):
        yield Permission(f"cloudwatch:{each}", f"arn:aws:cloudwatch:{region}:{account}:{alarm}")


def spark_permissions(
    operation: str, parameters: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield every permission that a call of EMR Serverless needs, the main one first.

    By the Service Authorization Reference ("Actions, resources, and condition keys for Amazon EMR
    Serverless"); members are named as in the API.
    """
    resource = f"arn:aws:emr-serverless:{region}:{account}:/"
    if parameters.get("resourceArn"):
        resource = parameters["resourceArn"]
    elif parameters.get("applicationId"):
        resource += f"applications/{parameters['applicationId']}"
        if parameters.get("jobRunId"):
            resource += f"/jobruns/{parameters['jobRunId']}"
    else:
        resource += "*"
    tags = parameters.get("tags") or {}
    context: dict[str, Any] = {"aws:tagkeys": list(tags) or None}
    context |= {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
    yield Permission(f"{SPARK}:{operation}", resource, context)
    if tags and operation in {"CreateApplication", "StartJobRun"}:
        made = f"{resource}/jobruns/00job" if operation == "StartJobRun" else resource
        yield Permission(f"{SPARK}:TagResource", made, context)
    if parameters.get("executionRoleArn"):
        passed = {"iam:passedtoservice": "emr-serverless.amazonaws.com"}
        yield Permission("iam:PassRole", parameters["executionRoleArn"], passed)


def _named(operation: str, parameters: Parameters, prefix: str) -> list[str]:
    """Return the resources that a call names."""
    if operation in {"AddTags", "DeleteTags", "ListTags"}:
        return [parameters.get("ResourceArn", "*")]
    if operation.startswith("List") and operation not in _OF_ONE:
        return []
    named = [
        _arn(prefix, kind, str(parameters[member]).lower())
        for member, kind in _RESOURCES.items()
        if parameters.get(member) and (operation, member) not in _NOT_ASKED_FOR
    ]
    if operation == "CreateModelPackage" and named:
        # The package itself is asked for, too; its number is not given yet.
        named.append(_arn(prefix, "model-package", f"{parameters['ModelPackageGroupName']}/new"))
    return named


def _packed(parameters: Parameters) -> Iterator[Permission]:
    """Yield what a package's parts need of its creator.

    As AWS's own policy for it has them, AmazonSageMakerModelRegistryFullAccess ("AWS managed
    policies for Model Registry"); who asks for these, and when, is not documented.
    """
    for container in (parameters.get("InferenceSpecification") or {}).get("Containers", []):
        if container.get("ModelDataUrl"):
            path = container["ModelDataUrl"].removeprefix("s3://")
            yield Permission("s3:GetObject", f"arn:aws:s3:::{path}")
        registry, _, image = container["Image"].partition("/")
        account, _, _, region, *_ = registry.split(".")
        repository = re.split("[:@]", image)[0]
        for action in ("ecr:BatchGetImage", "ecr:DescribeImages"):
            yield Permission(action, f"arn:aws:ecr:{region}:{account}:repository/{repository}")


def _passed_roles_and_volumes(given: Parameters) -> Iterator[Permission]:
    for member in _PASSED_ROLES:
        if given.get(member):
            passed = {"iam:passedtoservice": "sagemaker.amazonaws.com"}
            yield Permission("iam:PassRole", given[member], passed)
    processing = given.get("ProcessingResources") or {}
    machines = given.get("ResourceConfig") or processing.get("ClusterConfig") or {}
    machines = machines or given.get("TransformResources") or {}
    if machines.get("VolumeKmsKeyId"):
        # SageMaker gives the volume's service a grant ("API permissions reference").
        for_aws = {"kms:grantisforawsresource": "true"}
        yield Permission("kms:CreateGrant", machines["VolumeKmsKeyId"], for_aws)


def _arn(prefix: str, kind: str, name: str) -> str:
    # Members of model packages take a name or an ARN.
    return name if name.startswith("arn:") else f"{prefix}:{kind}/{name}"


# The rules that report a job's end ("IAM policies for Amazon SageMaker", Step Functions' guide).
_RULES = {
    "CreateHyperParameterTuningJob": "Tuning",
    "CreateProcessingJob": "Processing",
    "CreateTrainingJob": "Training",
    "CreateTransformJob": "Transform",
}
_RULE_ACTIONS = ("DescribeRule", "PutRule", "PutTargets")


def sync_permissions(
    operation: str, arguments: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield what waiting for the job needs in addition to the permission to create it."""
    if operation == "StartJobRun":
        yield next(_on_job_run("GetJobRun", arguments, account, region))
        name = "StepFunctionsGetEventsForEMRServerlessJobRule"
    else:
        yield _on_job(operation.replace("Create", "Describe", 1), arguments, account, region)
        name = f"StepFunctionsGetEventsForSageMaker{_RULES[operation]}JobsRule"
    for action in _RULE_ACTIONS:
        yield Permission(f"events:{action}", f"arn:aws:events:{region}:{account}:rule/{name}")


def stop_permission(operation: str, arguments: Parameters, account: str, region: str) -> Permission:
    """Return what stopping the job of a stopped execution needs."""
    if operation == "StartJobRun":
        return next(_on_job_run("CancelJobRun", arguments, account, region))
    return _on_job(operation.replace("Create", "Stop", 1), arguments, account, region)


def _on_job_run(
    operation: str, arguments: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield what a call needs for the job run of a task, whose number AWS has just given."""
    named = {"applicationId": arguments.get("ApplicationId"), "jobRunId": "00job"}
    return spark_permissions(operation, named, account, region)


def _on_job(operation: str, arguments: Parameters, account: str, region: str) -> Permission:
    named = {name: value for name, value in arguments.items() if name.endswith("JobName")}
    return next(sagemaker_permissions(operation, named, account, region))


def task_operation(resource: str) -> tuple[str, str]:
    """Return service and API operation of a Step Functions task's ``Resource``."""
    service, _, verb = resource.rpartition(":states:::")[2].rpartition(":")
    verb = verb.split(".")[0]
    return service, verb[:1].upper() + verb[1:]


def task_permissions(
    resource: str, arguments: Parameters, account: str, region: str
) -> Iterator[Permission]:
    """Yield what a Step Functions task needs, by the integration named in its ``Resource``."""
    service, operation = task_operation(resource)
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
        case "emr-serverless" | "aws-sdk:emrserverless":
            named = {name[:1].lower() + name[1:]: value for name, value in arguments.items()}
            yield from spark_permissions(operation, named, account, region)
        case _:
            yield Permission(f"{service.removeprefix('aws-sdk:')}:{operation}", "*")


def denial(role_arn: str, permission: Permission, account: str, region: str) -> str | None:
    """Return AWS's message for a refused call, or None when ``role_arn`` may make it."""
    role_name = role_arn.rsplit("/", 1)[-1]
    principal = f"arn:aws:sts::{account}:assumed-role/{role_name}/execution"
    context = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=permission.action,
        resource_arn=permission.resource,
        region=region,
        secure_transport=True,
        service_context=permission.context,
    )
    decision = iam_evaluator.evaluate(
        context, iam_evaluator.gather_role_policies(role_name, account)
    ).decision
    record(
        role_name,
        permission.action,
        permission.resource,
        permission.context,
        allowed=decision == "Allow",
    )
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


def record(
    role: str, action: str, resource: str, context: dict[str, Any], *, allowed: bool
) -> None:
    """Append one line of JSON with all of these.

    Parameters
    ----------
    role
        Its name.
    context
        The condition keys that the call had, in lower case.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps(
        {
            "role": role,
            "action": action,
            "resource": resource,
            "context": context,
            "allowed": allowed,
        },
        default=str,
    )
    with _lock, Path(path).open("a") as file:
        file.write(line + "\n")
