"""Apache Spark for uploads beyond one machine: an application of EMR Serverless, and its jobs."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_emrserverless as emr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs.functions import encrypted_log_group
from infra.constructs.job_role import decrypts_code, reads_code
from infra.constructs.rights import lists, may, service_of_this_account, uses_key
from infra.packaging.spark_package import ENTRY_POINT, build_package, package_hash
from infra.settings import Settings
from lambdas.preprocess.spark_request import CORES, WORKER_GB

RELEASE = "emr-7.12.0"  # Spark 3.5
LAID_OUT = "molino"  # folder of the package below a worker's working folder
_IDLE_MINUTES = 5


class Spark(Construct):
    """The application, the role of its jobs, and what they run.

    Parameters
    ----------
    code_dir
        The Lambdas' staged sources.

    Attributes
    ----------
    application_id, application_arn
        Of the application; it starts with a job, and stops when it has none.
    role
        Passed to EMR Serverless; it reads uploads, and writes splits.
    entry_point, package
        What a job runs, and the code with its packages, in S3.
    log_group
        For what drivers write.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        bucket: s3.Bucket,
        key: kms.Key,
        code_dir: Path,
        build_dir: Path,
    ) -> None:
        super().__init__(scope, name)
        self.entry_point = assets.Asset(self, "EntryPoint", path=str(code_dir / ENTRY_POINT))
        self.package = assets.Asset(
            self,
            "Package",
            path=str(build_package(code_dir, build_dir)),
            asset_hash=package_hash(code_dir),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
        )
        application = _application(self, settings)
        self.application_id, self.application_arn = application.ref, application.attr_arn
        self.log_group = encrypted_log_group(self, "Log", settings, key)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=service_of_this_account(self, "emr-serverless.amazonaws.com"),
            description="What Molino's Spark jobs may do",
            inline_policies={
                "Permissions": iam.PolicyDocument(
                    statements=[
                        may(
                            ["s3:GetObject", "s3:GetObjectVersion"],
                            bucket.arn_for_objects("incoming/*"),
                        ),
                        may(
                            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                            bucket.arn_for_objects("datasets/*"),
                        ),
                        lists(bucket, ["datasets/*", "incoming/*"]),
                        *reads_code((self.entry_point, self.package)),
                        *decrypts_code(settings.assets_key_arn),
                        uses_key(key),
                        *_writes_its_log(self.log_group.log_group_arn),
                    ]
                )
            },
        )


def _application(scope: Construct, settings: Settings) -> emr.CfnApplication:
    application = emr.CfnApplication
    network = None
    if settings.subnet_ids:
        network = application.NetworkConfigurationProperty(
            subnet_ids=list(settings.subnet_ids),
            security_group_ids=list(settings.security_group_ids),
        )
    return application(
        scope,
        "Application",
        name=settings.stack_name,
        type="SPARK",
        release_label=RELEASE,
        architecture="X86_64",
        auto_start_configuration=application.AutoStartConfigurationProperty(enabled=True),
        auto_stop_configuration=application.AutoStopConfigurationProperty(
            enabled=True, idle_timeout_minutes=_IDLE_MINUTES
        ),
        maximum_capacity=application.MaximumAllowedResourcesProperty(
            cpu=f"{settings.spark_max_vcpus} vCPU",
            memory=f"{settings.spark_max_vcpus // CORES * WORKER_GB} GB",
        ),
        network_configuration=network,
    )


def _writes_its_log(log_group: str) -> list[iam.PolicyStatement]:
    return [
        may(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            log_group,
        ),
        # By AWS's guide to logging with CloudWatch; groups can't be described one by one.
        may(["logs:DescribeLogGroups"], "*"),
    ]
