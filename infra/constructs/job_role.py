"""The roles that SageMaker works with: each reads, writes and logs what its jobs need."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs.network import job_interfaces
from infra.constructs.rights import alarm_arn, lists, may, service_of_this_account
from infra.network_settings import NetworkSettings
from infra.packaging.images import Images


@dataclass(frozen=True)
class JobNeeds:
    """What SageMaker's jobs and endpoints of one kind need.

    Parameters
    ----------
    code
        Assets that hold their code.
    read, written
        Patterns of keys in the stack's bucket.
    logs
        Names of log groups below ``/aws/sagemaker/``, without their stars.
    alarms
        Patterns of the names of alarms that SageMaker looks at for endpoints.
    network
        Says whether they run in a VPC.
    assets_key
        ARN of the key that encrypts the code, where that is one of the account's own.
    """

    bucket: s3.IBucket
    key: kms.IKey
    images: Images
    code: Sequence[assets.Asset]
    read: Sequence[str]
    written: Sequence[str]
    logs: Sequence[str]
    network: NetworkSettings
    assets_key: str | None
    alarms: Sequence[str] = ()


def job_role(scope: Construct, description: str, needs: JobNeeds) -> iam.Role:
    """Return a role that SageMaker takes on."""
    return iam.Role(
        scope,
        "Role",
        assumed_by=service_of_this_account(scope, "sagemaker.amazonaws.com"),
        description=description,
        inline_policies={
            "Permissions": iam.PolicyDocument(
                statements=[
                    *_reads_and_writes_data(needs),
                    *reads_code(needs.code),
                    *decrypts_code(needs.assets_key),
                    *_uses_key(needs.key),
                    *_pulls_image(needs.images),
                    *job_interfaces(needs.network),
                    *_writes_logs_and_metrics(cdk.Stack.of(scope), needs.logs),
                    *(
                        may(["cloudwatch:DescribeAlarms"], alarm_arn(scope, name))
                        for name in needs.alarms
                    ),
                ]
            )
        },
    )


def may_grant_volumes(key: kms.IKey) -> iam.PolicyStatement:
    """Return the permission that lets SageMaker attach volumes encrypted with ``key``."""
    return iam.PolicyStatement(
        actions=["kms:CreateGrant"],
        resources=[key.key_arn],
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _reads_and_writes_data(needs: JobNeeds) -> list[iam.PolicyStatement]:
    bucket = needs.bucket
    return [
        may(["s3:GetObject"], *(bucket.arn_for_objects(keys) for keys in needs.read)),
        may(
            ["s3:AbortMultipartUpload", "s3:PutObject"],
            *(bucket.arn_for_objects(keys) for keys in needs.written),
        ),
        lists(bucket, needs.read),
    ]


def reads_code(sources: Sequence[assets.Asset]) -> list[iam.PolicyStatement]:
    """Return the permission to read a job's code, and that of earlier versions of the stack.

    An execution that began before an upgrade trains with the code of its time, whose key is a
    hash that this version can't know: the kind of file is what can be named.
    """
    bucket, kinds = sources[0].bucket, {PurePath(source.asset_path).suffix for source in sources}
    keys = [f"*{kind}" for kind in sorted(kinds)]
    return [
        may(["s3:GetObject"], *(bucket.arn_for_objects(key) for key in keys)),
        lists(bucket, keys),
    ]


def decrypts_code(assets_key: str | None) -> list[iam.PolicyStatement]:
    """Return the permission to decrypt the CDK's bucket of assets, if it has a key of its own."""
    if assets_key is None:
        return []
    return [may(["kms:Decrypt"], assets_key)]


def _uses_key(key: kms.IKey) -> list[iam.PolicyStatement]:
    return [
        may(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], key.key_arn),
        may_grant_volumes(key),
    ]


def _pulls_image(images: Images) -> list[iam.PolicyStatement]:
    return [
        # A registry token is for the account, not for a repository.
        may(["ecr:GetAuthorizationToken"], "*"),
        may(
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            images.repository_arn,
        ),
    ]


def _writes_logs_and_metrics(here: cdk.Stack, kinds: Sequence[str]) -> list[iam.PolicyStatement]:
    groups = [
        here.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/sagemaker/{kind}*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        for kind in kinds
    ]
    return [
        iam.PolicyStatement(
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            resources=groups,
        ),
        iam.PolicyStatement(
            # CloudWatch names no resources for metrics; the namespaces are what can be limited.
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
        ),
    ]
