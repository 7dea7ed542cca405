"""The functions that find, judge and serve champions, and what they may do."""

import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size
from infra.constructs.job_role import may_grant_volumes
from infra.constructs.network import sagemaker_vpc
from infra.constructs.rights import (
    SERVING,
    alarm_arn,
    may,
    may_pass,
    reads_with_key,
    sagemaker_arn,
    sees_absence,
    uses_key,
)
from infra.workflow.state_machine import LOCAL_DISKS

# Objects that describe a champion for programs.
_OF_CHAMPIONS = (
    "models/*/monitor/constraints.json",
    "models/*/monitor/statistics.json",
    "models/*/openapi.json",
)


def registry_steps(
    scope: Construct, parts: FunctionParts, model_role: iam.IRole, image_repository: str
) -> list[Function]:
    """Return the functions.

    Parameters
    ----------
    model_role
        The role that serving models run with.
    image_repository
        ARN of the repository of the image that models run in.
    """
    return [
        _champion(scope, parts),
        _reason(scope, parts),
        _gate(scope, parts, image_repository),
        _serve(scope, parts, model_role),
    ]


def reads_registry(scope: Construct) -> list[iam.PolicyStatement]:
    """Return the permission to find versions in the registry."""
    return [
        # AWS lists versions for the account; the request names the group.
        may(["sagemaker:ListModelPackages"], "*"),
        may(["sagemaker:DescribeModelPackage"], sagemaker_arn(scope, "model-package")),
    ]


def spares_champions(scope: Construct) -> iam.PolicyStatement:
    """Refuse to delete what serves champions, whatever name a function that cleans up is given."""
    kinds = {"endpoint": "Endpoint", "endpoint-config": "EndpointConfig", "model": "Model"}
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=[f"sagemaker:Delete{name}" for name in kinds.values()],
        resources=[sagemaker_arn(scope, kind, SERVING) for kind in kinds],
    )


def _champion(scope: Construct, parts: FunctionParts) -> Function:
    objects = parts.bucket.arn_for_objects
    return Function(
        scope,
        "champion",
        parts,
        statements=[
            *reads_registry(scope),
            may(["s3:GetObject"], objects("datasets/*")),
            sees_absence(parts.bucket),
            reads_with_key(parts.key),
        ],
    )


def _reason(scope: Construct, parts: FunctionParts) -> Function:
    objects = parts.bucket.arn_for_objects
    return Function(
        scope,
        "reason",
        parts,
        size=Size(parts.settings.evaluate_memory_mb, parts.settings.long_timeout_seconds),
        layers=("runtime", "numpy"),
        statements=[
            *reads_registry(scope),
            may(
                ["s3:GetObject"],
                objects("datasets/*"),
                objects("predictions/*/job/drift.json"),
                objects("reports/*"),
            ),
            may(["s3:PutObject"], objects("reports/*/training.json")),
            sees_absence(parts.bucket),
            uses_key(parts.key),
        ],
    )


def _gate(scope: Construct, parts: FunctionParts, image_repository: str) -> Function:
    objects = parts.bucket.arn_for_objects
    groups = sagemaker_arn(scope, "model-package-group")
    return Function(
        scope,
        "gate",
        parts,
        size=Size(parts.settings.evaluate_memory_mb, parts.settings.long_timeout_seconds),
        layers=("runtime", "numpy"),
        statements=[
            may(["sagemaker:ListModelPackages"], "*"),
            may(["sagemaker:AddTags", "sagemaker:CreateModelPackageGroup"], groups),
            may(["sagemaker:CreateModelPackage"], groups, sagemaker_arn(scope, "model-package")),
            may(
                ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"],
                sagemaker_arn(scope, "model-package"),
            ),
            may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            # CreateModelPackage reads the model and its image with the caller's rights.
            may(["s3:GetObject"], objects("models/*")),
            # Answers of earlier uploads to judge a fall by, which may be gone.
            sees_absence(parts.bucket),
            may(["ecr:BatchGetImage", "ecr:DescribeImages"], image_repository),
            may(
                ["s3:PutObject"],
                objects("reports/*"),
                *map(objects, _OF_CHAMPIONS),
            ),
            uses_key(parts.key),
        ],
    )


def _serve(scope: Construct, parts: FunctionParts, model_role: iam.IRole) -> Function:
    objects = parts.bucket.arn_for_objects
    model, config, endpoint = (
        sagemaker_arn(scope, kind, SERVING) for kind in ("model", "endpoint-config", "endpoint")
    )
    return Function(
        scope,
        "serve",
        parts,
        # By another ID it would be another function, without the versions that executions began
        # with: docs/operations.md.
        construct="Keep",
        environment={
            "MODEL_ROLE_ARN": model_role.role_arn,
            "KEY_ARN": parts.key.key_arn,
            "LOCAL_DISKS": LOCAL_DISKS,
            "VPC_CONFIG": json.dumps(sagemaker_vpc(parts.settings)),
        },
        statements=[
            may(["sagemaker:CreateModel"], model, sagemaker_arn(scope, "model-package")),
            may(["sagemaker:DeleteModel"], model),
            may(
                [
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:DeleteEndpointConfig",
                    "sagemaker:DescribeEndpointConfig",
                    "sagemaker:ListTags",
                ],
                config,
            ),
            # Configurations are listed for the whole account.
            may(["sagemaker:ListEndpointConfigs"], "*"),
            may(["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"], endpoint, config),
            may(
                [
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:InvokeEndpoint",
                    "sagemaker:UpdateEndpointWeightsAndCapacities",
                ],
                endpoint,
            ),
            *_scales(scope),
            *_watches(scope),
            may(["sagemaker:AddTags"], model, config, endpoint),
            may(["sagemaker:UpdateModelPackage"], sagemaker_arn(scope, "model-package")),
            may_pass(model_role, "sagemaker.amazonaws.com"),
            may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            may(["s3:DeleteObject", "s3:PutObject"], objects("reports/*/champion.json")),
            sees_absence(parts.bucket),
            uses_key(parts.key),
            # Volumes of endpoints on instances are encrypted by a grant in the caller's name.
            may(["kms:DescribeKey"], parts.key.key_arn),
            may_grant_volumes(parts.key),
        ],
    )


def _scales(scope: Construct) -> list[iam.PolicyStatement]:
    """Return the permission to have machines of an endpoint added and removed."""
    here = cdk.Stack.of(scope)
    service = "sagemaker.application-autoscaling.amazonaws.com"
    role = f"aws-service-role/{service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    return [
        iam.PolicyStatement(
            actions=[
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
                "application-autoscaling:RegisterScalableTarget",
            ],
            # A target's ARN has a number of AWS's; which endpoint it is for, no condition tells.
            resources=[
                here.format_arn(
                    service="application-autoscaling",
                    resource="scalable-target",
                    resource_name="*",
                )
            ],
            conditions={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "sagemaker",
                    "application-autoscaling:scalable-dimension": (
                        "sagemaker:variant:DesiredInstanceCount"
                    ),
                }
            },
        ),
        # The first scalable target of an account makes the role by which AWS scales.
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[
                here.format_arn(service="iam", region="", resource="role", resource_name=role)
            ],
            conditions={"StringEquals": {"iam:AWSServiceName": service}},
        ),
        # A policy's own alarms: AWS names them after the target.
        may(
            ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
            alarm_arn(scope, f"TargetTracking-endpoint/{SERVING}"),
        ),
    ]


def _watches(scope: Construct) -> list[iam.PolicyStatement]:
    """Return the permission to have SageMaker take a new version back when alarms fire."""
    return [
        may(
            [
                "cloudwatch:DeleteAlarms",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:TagResource",
            ],
            alarm_arn(scope, SERVING),
        )
    ]
