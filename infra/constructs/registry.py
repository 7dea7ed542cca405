"""The functions that find, judge and serve champions, and what they may do."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size, reads_with_key, uses_key

SERVING = "molino-kept--*"  # lambdas/shared/names/legal.py names what serves champions so


def registry_steps(
    scope: Construct, parts: FunctionParts, model_role: iam.IRole, image_repository: str
) -> dict[str, Function]:
    """Return the functions by name.

    Parameters
    ----------
    model_role
        The role that serving models run with.
    image_repository
        ARN of the repository of the image that models run in.
    """
    return {
        "champion": _champion(scope, parts),
        "gate": _gate(scope, parts, image_repository),
        "serve": _serve(scope, parts, model_role),
    }


def spares_champions(scope: Construct) -> iam.PolicyStatement:
    """Refuse to delete what serves champions, whatever name a function that cleans up is given."""
    kinds = {"endpoint": "Endpoint", "endpoint-config": "EndpointConfig", "model": "Model"}
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=[f"sagemaker:Delete{name}" for name in kinds.values()],
        resources=[_sagemaker(scope, kind, SERVING) for kind in kinds],
    )


def _champion(scope: Construct, parts: FunctionParts) -> Function:
    objects = parts.bucket.arn_for_objects
    return Function(
        scope,
        "champion",
        parts,
        size=Size(parts.settings.memory_mb, parts.settings.timeout_seconds),
        statements=[
            # AWS lists versions for the account; the request names the group.
            _may(["sagemaker:ListModelPackages"], "*"),
            _may(["sagemaker:DescribeModelPackage"], _packages(scope)),
            _may(["s3:GetObject"], objects("datasets/*")),
            _may(["s3:ListBucket"], parts.bucket.bucket_arn),  # else 403, not 404, for what is gone
            reads_with_key(parts.key),
        ],
    )


def _gate(scope: Construct, parts: FunctionParts, image_repository: str) -> Function:
    objects = parts.bucket.arn_for_objects
    groups = _sagemaker(scope, "model-package-group", "molino-*")
    return Function(
        scope,
        "gate",
        parts,
        size=Size(parts.settings.evaluate_memory_mb, parts.settings.long_timeout_seconds),
        layers=("runtime", "numpy"),
        statements=[
            _may(["sagemaker:ListModelPackages"], "*"),
            _may(["sagemaker:AddTags", "sagemaker:CreateModelPackageGroup"], groups),
            _may(["sagemaker:CreateModelPackage"], groups, _packages(scope)),
            _may(
                ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"],
                _packages(scope),
            ),
            _may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            # CreateModelPackage looks at the model and its image with the caller's rights.
            _may(["s3:GetObject"], objects("models/*")),
            _may(["ecr:BatchGetImage", "ecr:DescribeImages"], image_repository),
            _may(["s3:PutObject"], objects("reports/*")),
            uses_key(parts.key),
        ],
    )


def _serve(scope: Construct, parts: FunctionParts, model_role: iam.IRole) -> Function:
    objects = parts.bucket.arn_for_objects
    model, config, endpoint = (
        _sagemaker(scope, kind, SERVING) for kind in ("model", "endpoint-config", "endpoint")
    )
    return Function(
        scope,
        "serve",
        parts,
        # By another ID it would be another function, without the versions that executions began
        # with: docs/operations.md.
        construct="Keep",
        size=Size(parts.settings.memory_mb, parts.settings.timeout_seconds),
        environment={"MODEL_ROLE_ARN": model_role.role_arn},
        statements=[
            _may(["sagemaker:CreateModel"], model, _packages(scope)),
            _may(["sagemaker:DeleteModel"], model),
            _may(["sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig"], config),
            # Names of configurations are told for the account.
            _may(["sagemaker:ListEndpointConfigs"], "*"),
            _may(["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"], endpoint, config),
            _may(
                [
                    "sagemaker:DeleteEndpoint",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:InvokeEndpoint",
                ],
                endpoint,
            ),
            _may(["sagemaker:AddTags"], model, config, endpoint),
            _may(["sagemaker:UpdateModelPackage"], _packages(scope)),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[model_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            _may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            _may(["s3:PutObject"], objects("reports/*/champion.json")),
            uses_key(parts.key),
        ],
    )


def _packages(scope: Construct) -> str:
    return _sagemaker(scope, "model-package", "molino-*")


def _sagemaker(scope: Construct, kind: str, name: str) -> str:
    return cdk.Stack.of(scope).format_arn(service="sagemaker", resource=kind, resource_name=name)


def _may(actions: list[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=list(resources))
