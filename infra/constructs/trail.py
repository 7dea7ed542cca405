"""A record of who read and wrote which object of the bucket."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Settings


class Trail(Construct):
    """The trail with its bucket; made only where ``record_data_access`` is set.

    CloudTrail rather than S3's access logs: it names the role and its session, is delivered for
    certain, can be shown to be unchanged, and takes the stack's key.

    Parameters
    ----------
    bucket
        Whose objects are watched.
    key
        Encrypts the record.
    """

    def __init__(
        self, scope: Construct, name: str, settings: Settings, *, bucket: s3.IBucket, key: kms.Key
    ) -> None:
        super().__init__(scope, name)
        if not settings.record_data_access:
            return
        here = cdk.Stack.of(self)
        trail_name = f"{settings.stack_name}-data-access"
        of_the_trail = {
            "StringEquals": {
                "aws:SourceArn": here.format_arn(
                    service="cloudtrail", resource="trail", resource_name=trail_name
                )
            }
        }
        record = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy(settings.removal_policy.upper()),
        )
        written = f"AWSLogs/{here.account}/*"
        policy = [
            _cloudtrail("Looks", ["s3:GetBucketAcl"], [record.bucket_arn], of_the_trail),
            _cloudtrail(
                "Writes", ["s3:PutObject"], [record.arn_for_objects(written)], of_the_trail
            ),
        ]
        for statement in policy:
            record.add_to_resource_policy(statement)
        key.add_to_resource_policy(
            _cloudtrail(
                "Records",
                ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                ["*"],
                of_the_trail,
            )
        )
        selector = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=trail_name,
            is_logging=True,
            enable_log_file_validation=True,
            s3_bucket_name=record.bucket_name,
            kms_key_id=key.key_arn,
            advanced_event_selectors=[
                cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
                    name="Objects of Molino's bucket",
                    field_selectors=[
                        selector(field="eventCategory", equal_to=["Data"]),
                        selector(field="resources.type", equal_to=["AWS::S3::Object"]),
                        selector(field="resources.ARN", starts_with=[bucket.arn_for_objects("")]),
                    ],
                )
            ],
        )
        if record.policy:
            trail.node.add_dependency(record.policy)


def _cloudtrail(
    sid: str, actions: list[str], resources: list[str], conditions: Mapping[str, object]
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=f"CloudTrail{sid}",
        principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
        actions=actions,
        resources=resources,
        conditions=conditions,
    )
