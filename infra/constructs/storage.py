"""Where data lies: one bucket, and the key that encrypts everything of the stack."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Settings

_UPLOAD_PARTS_DAYS = 7


class Storage(Construct):
    """The stack's key and bucket.

    Parameters
    ----------
    settings
        Gives the removal policy and how long replaced objects are kept.

    Attributes
    ----------
    key
        Encrypts the bucket, the topic, the queues, the logs, and SageMaker's volumes and outputs.
    bucket
        Versioned; tells EventBridge of every new object.
    """

    def __init__(self, scope: Construct, name: str, settings: Settings) -> None:
        super().__init__(scope, name)
        removal = cdk.RemovalPolicy(settings.removal_policy.upper())
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts Molino's data, models, logs and notices",
            enable_key_rotation=True,
            removal_policy=removal,
        )
        _let_services_use(self.key)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=removal,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(
                        settings.noncurrent_version_days
                    ),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(_UPLOAD_PARTS_DAYS),
                )
            ],
        )
        for statement in _refuse_other_keys(self.bucket, self.key):
            self.bucket.add_to_resource_policy(statement)
        self.bucket.add_to_resource_policy(_refuse_uploaders_keys(self.bucket))
        # event_bridge_enabled=True would do this with a custom resource and its Lambda.
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101 - tells mypy what L2 holds
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )


def _refuse_other_keys(bucket: s3.Bucket, key: kms.IKey) -> list[iam.PolicyStatement]:
    """Refuse uploads that ask for another encryption than the bucket's; to ask for none is fine."""
    header = "s3:x-amz-server-side-encryption"
    return [
        iam.PolicyStatement(
            sid=sid,
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(folder) for folder in ("incoming/*", "settings/*")],
            # Not-equals also holds for what is absent.
            conditions={"Null": {asked: "false"}, "StringNotEquals": {asked: ours}},
        )
        for sid, asked, ours in (
            ("OtherEncryption", header, "aws:kms"),
            ("OtherKeys", f"{header}-aws-kms-key-id", key.key_arn),
        )
    ]


def _refuse_uploaders_keys(bucket: s3.Bucket) -> iam.PolicyStatement:
    """Refuse SSE-C: what an uploader's own key encrypts, nobody here could read.

    New buckets refuse it since April 2026, unless set otherwise (Amazon S3 User Guide, "Blocking
    or unblocking SSE-C for a general purpose bucket").
    """
    return iam.PolicyStatement(
        sid="UploadersKeys",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["s3:PutObject"],
        resources=[bucket.arn_for_objects("*")],
        conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
    )


def _let_services_use(key: kms.Key) -> None:
    """Let the services that act with no role of ours use the key, for this account only."""
    here = cdk.Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="LogGroups",
            principals=[iam.ServicePrincipal(f"logs.{here.region}.amazonaws.com")],
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": here.format_arn(
                        service="logs", resource="*"
                    )
                }
            },
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="UndeliveredEventsAndAlarms",
            principals=[
                iam.ServicePrincipal("events.amazonaws.com"),
                iam.ServicePrincipal("cloudwatch.amazonaws.com"),
            ],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": here.account}},
        )
    )
