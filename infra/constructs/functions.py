"""A Lambda function as Molino makes them: own role, own encrypted log group, tracing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.network import function_interfaces, lambda_vpc
from infra.constructs.rights import may, service_of_this_account
from infra.settings import Settings


@dataclass(frozen=True)
class FunctionParts:
    """What all functions of the stack share."""

    settings: Settings
    key: kms.Key
    bucket: s3.Bucket
    code: lambda_.Code
    layers: Mapping[str, lambda_.ILayerVersion]


@dataclass(frozen=True)
class Size:
    """Memory (MB), time limit (s) and disk in /tmp (MB) of a function."""

    memory_mb: int
    timeout_seconds: int
    storage_mb: int = 512


class Function(Construct):
    """The Lambda function of one handler.

    Parameters
    ----------
    handler
        Name of the package below ``lambdas/`` that holds ``handler.py``.
    size
        That of small functions if None.
    layers
        Names of the layers it imports from.
    statements
        What it may do beside writing its own log and traces.
    environment
        Variables beside the ones that all functions get.
    construct
        Its ID in the stack, where that is not the handler's name.
    dead_letters
        Queue for the events of failed asynchronous invocations, where a function gets these.

    Attributes
    ----------
    handler
    function
        The function itself.
    """

    def __init__(  # noqa: PLR0913 - each is one named fact of a function
        self,
        scope: Construct,
        handler: str,
        parts: FunctionParts,
        *,
        size: Size | None = None,
        layers: Sequence[str] = ("runtime",),
        statements: Sequence[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        construct: str | None = None,
        dead_letters: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, construct or handler.capitalize())
        self.handler, settings = handler, parts.settings
        size = size or Size(settings.memory_mb, settings.timeout_seconds)
        log_group = encrypted_log_group(self, "Log", settings, parts.key)
        role = iam.Role(
            self,
            "Role",
            assumed_by=service_of_this_account(self, "lambda.amazonaws.com"),
            description=f"What Molino's {handler} may do",
            inline_policies={
                "Permissions": iam.PolicyDocument(
                    statements=[
                        *_writes_log_and_traces(log_group),
                        *function_interfaces(settings),
                        *statements,
                    ],
                    minimize=True,
                )
            },
        )
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"Molino: {handler}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.{handler}.handler.handler",
            # Without a mutable role CDK can't add statements of its own making to it.
            role=role.without_policy_updates(),
            code=parts.code,
            layers=[parts.layers[layer] for layer in layers],
            memory_size=size.memory_mb,
            timeout=cdk.Duration.seconds(size.timeout_seconds),
            ephemeral_storage_size=cdk.Size.mebibytes(size.storage_mb),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            environment={
                "BUCKET": parts.bucket.bucket_name,
                "DATASET_DEFAULTS": settings.dataset_defaults_json,
                "LOG_LEVEL": settings.log_level,
                "POWERTOOLS_METRICS_NAMESPACE": settings.stack_name,
                "POWERTOOLS_SERVICE_NAME": handler,
                **(environment or {}),
            },
            # Executions that began before an upgrade go on with the code they began with.
            current_version_options=lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
        )
        resource = self.function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101 - tells mypy what L2 holds
        # The role holds its policy itself: referring to it is dependency enough (W3005).
        resource.add_deletion_override("DependsOn")
        resource.vpc_config = lambda_vpc(settings)
        if dead_letters:
            # AWS::Lambda::EventInvokeConfig keeps the error beside the event; a DLQ would not.
            lambda_.CfnEventInvokeConfig(
                self,
                "OnFailure",
                function_name=self.function.function_name,
                qualifier="$LATEST",
                maximum_retry_attempts=2,
                destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                    on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                        destination=dead_letters.queue_arn
                    )
                ),
            )


def encrypted_log_group(
    scope: Construct, name: str, settings: Settings, key: kms.IKey
) -> logs.LogGroup:
    """Return a log group with the stack's key and retention."""
    log_group = logs.LogGroup(
        scope,
        name,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy(settings.removal_policy.upper()),
    )
    resource = log_group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)  # noqa: S101 - tells mypy what L2 holds
    resource.retention_in_days = settings.log_retention_days
    return log_group


def _writes_log_and_traces(log_group: logs.ILogGroup) -> list[iam.PolicyStatement]:
    return [
        may(["logs:CreateLogStream", "logs:PutLogEvents"], log_group.log_group_arn),
        iam.PolicyStatement(
            # X-Ray has no resources to name.
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            resources=["*"],
        ),
    ]
