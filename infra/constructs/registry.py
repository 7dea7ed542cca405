"""The functions that find, judge and serve champions, and what they may do."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size
from infra.constructs.rights import (
    may,
    may_pass,
    reads_with_key,
    sagemaker_arn,
    sees_absence,
    uses_key,
)

SERVING = "molino-kept--*"  # lambdas/shared/names/legal.py names what serves champions so


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
            may(["ecr:BatchGetImage", "ecr:DescribeImages"], image_repository),
            may(["s3:PutObject"], objects("reports/*"), objects("models/*/openapi.json")),
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
        environment={"MODEL_ROLE_ARN": model_role.role_arn},
        statements=[
            may(["sagemaker:CreateModel"], model, sagemaker_arn(scope, "model-package")),
            may(["sagemaker:DeleteModel"], model),
            may(["sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig"], config),
            # Configurations are listed for the whole account.
            may(["sagemaker:ListEndpointConfigs"], "*"),
            may(["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"], endpoint, config),
            may(
                [
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:InvokeEndpoint",
                ],
                endpoint,
            ),
            may(["sagemaker:AddTags"], model, config, endpoint),
            may(["sagemaker:UpdateModelPackage"], sagemaker_arn(scope, "model-package")),
            may_pass(model_role, "sagemaker.amazonaws.com"),
            may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            may(["s3:PutObject"], objects("reports/*/champion.json")),
            uses_key(parts.key),
        ],
    )
