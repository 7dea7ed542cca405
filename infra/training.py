"""What SageMaker works with: its role, the image, and the training code."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.images import Images
from infra.training_source import build_bundle_with_packages, build_source_bundle


class Training(Construct):
    """The execution role of training jobs and endpoints, and what they run.

    Attributes
    ----------
    role
        Passed to SageMaker; it reads splits and models, and writes models.
    image_uri
        AWS's scikit-learn image, for training and serving.
    source, source_with_packages
        The training code in S3, without and with the packages that AWS's image lacks.
    """

    def __init__(
        self, scope: Construct, name: str, *, bucket: s3.Bucket, key: kms.IKey, build_dir: Path
    ) -> None:
        super().__init__(scope, name)
        images = Images(self, "Images")
        self.image_uri = images.uri
        self.source = assets.Asset(self, "Source", path=str(build_source_bundle(build_dir)))
        self.source_with_packages = assets.Asset(
            self, "SourceWithPackages", path=str(build_bundle_with_packages(build_dir))
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description="What Molino's training jobs and endpoints may do",
            inline_policies={
                "Permissions": iam.PolicyDocument(
                    statements=[
                        *_reads_and_writes_data(bucket),
                        *_reads_assets(self.source, self.source_with_packages),
                        *_uses_key(key),
                        *_pulls_image(images),
                        *_writes_logs_and_metrics(cdk.Stack.of(self)),
                    ]
                )
            },
        )


def _reads_and_writes_data(bucket: s3.IBucket) -> list[iam.PolicyStatement]:
    # Data capture writes with this role too.
    read, written = ("datasets/*", "models/*"), ("captures/*", "models/*")
    return [
        iam.PolicyStatement(
            actions=["s3:GetObject"], resources=[bucket.arn_for_objects(keys) for keys in read]
        ),
        iam.PolicyStatement(
            actions=["s3:AbortMultipartUpload", "s3:PutObject"],
            resources=[bucket.arn_for_objects(keys) for keys in written],
        ),
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": list(read)}},
        ),
    ]


def _reads_assets(*sources: assets.Asset) -> list[iam.PolicyStatement]:
    bucket = sources[0].bucket
    return [
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=[bucket.arn_for_objects(source.s3_object_key) for source in sources],
        ),
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [source.s3_object_key for source in sources]}},
        ),
    ]


def _uses_key(key: kms.IKey) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            resources=[key.key_arn],
        ),
        may_grant_volumes(key),
    ]


def may_grant_volumes(key: kms.IKey) -> iam.PolicyStatement:
    """Return the permission that lets SageMaker attach volumes encrypted with ``key``."""
    return iam.PolicyStatement(
        actions=["kms:CreateGrant"],
        resources=[key.key_arn],
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def _pulls_image(images: Images) -> list[iam.PolicyStatement]:
    return [
        # A registry token is for the account, not for a repository.
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        iam.PolicyStatement(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[images.repository_arn],
        ),
    ]


def _writes_logs_and_metrics(here: cdk.Stack) -> list[iam.PolicyStatement]:
    groups = [
        here.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/sagemaker/{kind}*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        for kind in ("TrainingJobs", "Endpoints/molino-")
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
