"""Whom roles trust, and statements of what they may do, where several roles have the same."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# Their guides promise the key ("Cross-service confused deputy prevention"). Lambda's does not: a
# role that demands it could not be assumed if Lambda says nothing, so it may be absent there.
_SAY_FOR_WHOM = ("sagemaker", "states", "scheduler", "budgets")


def service_of_this_account(scope: Construct, service: str) -> iam.ServicePrincipal:
    """Return a service as a role trusts it: not where another account has asked it to act."""
    is_promised = service.split(".", maxsplit=1)[0] in _SAY_FOR_WHOM
    operator = "StringEquals" if is_promised else "StringEqualsIfExists"
    account = cdk.Stack.of(scope).account
    return iam.ServicePrincipal(service, conditions={operator: {"aws:SourceAccount": account}})


def may(actions: list[str], *resources: str) -> iam.PolicyStatement:
    """Return the permission for actions on resources."""
    return iam.PolicyStatement(actions=actions, resources=list(resources))


def sagemaker_arn(scope: Construct, kind: str, name: str = "molino-*") -> str:
    """Return the ARN of Molino's own resources of a kind."""
    return cdk.Stack.of(scope).format_arn(service="sagemaker", resource=kind, resource_name=name)


SERVING = "molino-kept--*"  # lambdas/shared/names/legal.py names what serves champions so


def alarm_arn(scope: Construct, name: str) -> str:
    """Return the ARN of alarms of a name."""
    return cdk.Stack.of(scope).format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name=name,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def may_pass(role: iam.IRole, service: str) -> iam.PolicyStatement:
    """Return the permission to hand a role to one service."""
    return iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": service}},
    )


def ends_spark_jobs(application_arn: str) -> list[iam.PolicyStatement]:
    """Return the permission to find an application's jobs, and to cancel them."""
    return [
        may(["emr-serverless:ListJobRuns"], application_arn),
        may(["emr-serverless:CancelJobRun"], f"{application_arn}/jobruns/*"),
    ]


def uses_key(key: kms.IKey) -> iam.PolicyStatement:
    """Return the permission to read and write what the stack's key encrypts."""
    return may(["kms:Decrypt", "kms:GenerateDataKey"], key.key_arn)


def reads_with_key(key: kms.IKey) -> iam.PolicyStatement:
    """Return the permission to read what the stack's key encrypts, and to write nothing."""
    return may(["kms:Decrypt"], key.key_arn)


def sees_absence(bucket: s3.IBucket) -> iam.PolicyStatement:
    """Return the permission without which S3 answers 403, not 404, for what is not there."""
    return may(["s3:ListBucket"], bucket.bucket_arn)


def lists(
    bucket: s3.IBucket, keys: Sequence[str], *, versions: bool = False
) -> iam.PolicyStatement:
    """Return the permission to list what lies under patterns of keys, or its versions."""
    return iam.PolicyStatement(
        actions=["s3:ListBucketVersions" if versions else "s3:ListBucket"],
        resources=[bucket.bucket_arn],
        conditions={"StringLike": {"s3:prefix": list(keys)}},
    )


def reads_settings_files(bucket: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return the permission to read datasets' settings files, and to see that there is none."""
    return [may(["s3:GetObject"], bucket.arn_for_objects("settings/*")), sees_absence(bucket)]


def notifies_and_gives_up(
    key: kms.IKey, topic: sns.ITopic, unhandled: sqs.IQueue
) -> list[iam.PolicyStatement]:
    """Return the permission to publish to the topic, and to leave events to the queue."""
    return [
        may(["sns:Publish"], topic.topic_arn),
        may(["sqs:SendMessage"], unhandled.queue_arn),
        uses_key(key),
    ]


def default_bus(here: cdk.Stack) -> str:
    """Return the ARN of the account's event bus."""
    return here.format_arn(service="events", resource="event-bus", resource_name="default")
