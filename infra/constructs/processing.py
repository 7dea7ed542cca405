"""What processing jobs work with: their role, and the code of preprocess as one file."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs.job_role import JobNeeds, job_role
from infra.network_settings import NetworkSettings
from infra.packaging.images import Images
from infra.packaging.processing_package import build_package, package_hash


class Processing(Construct):
    """The execution role of processing jobs, and what they run.

    Parameters
    ----------
    code_dir
        The Lambdas' staged sources.

    Attributes
    ----------
    role
        Passed to SageMaker; it reads uploads, and reads and writes splits and predictions.
    package
        The code with its packages, in S3.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        *,
        bucket: s3.Bucket,
        key: kms.IKey,
        images: Images,
        network: NetworkSettings,
        assets_key: str | None,
        code_dir: Path,
        build_dir: Path,
    ) -> None:
        super().__init__(scope, name)
        self.package = assets.Asset(
            self,
            "Package",
            path=str(build_package(code_dir, build_dir)),
            asset_hash=package_hash(code_dir),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
        )
        self.role = job_role(
            self,
            "What Molino's processing jobs may do",
            JobNeeds(
                bucket=bucket,
                key=key,
                images=images,
                code=(self.package,),
                read=("datasets/*", "incoming/*", "predict/*", "predictions/*"),
                written=("datasets/*", "predictions/*"),
                logs=("ProcessingJobs",),
                network=network,
                assets_key=assets_key,
            ),
        )
