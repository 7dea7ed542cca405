"""What SageMaker works with: its role, the image, and the training code."""

from pathlib import Path

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.constructs.job_role import JobNeeds, job_role
from infra.constructs.rights import SERVING
from infra.network_settings import NetworkSettings
from infra.packaging.images import Images
from infra.packaging.locks import PACKAGED
from infra.packaging.training_source import build_onnx_packages, build_source_bundle

JOB_OF_PREDICTIONS = "predictions/*/job/*"  # what a batch transform job is given and answers


class Training(Construct):
    """The execution role of training jobs, transform jobs and endpoints, and what they run.

    Attributes
    ----------
    role
        Passed to SageMaker; it reads splits and models, and writes models.
    images, image_uri
        AWS's scikit-learn image, for all jobs and for serving.
    source
        The training code in S3.
    onnx
        In S3, what writes ONNX files; only for the jobs that are asked to.
    packaged_sources
        The same code with an algorithm's packages, by the algorithms that AWS's image lacks.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        *,
        bucket: s3.Bucket,
        key: kms.IKey,
        network: NetworkSettings,
        assets_key: str | None,
        build_dir: Path,
    ) -> None:
        super().__init__(scope, name)
        images = Images(self, "Images")
        self.image_uri = images.uri
        self.source = assets.Asset(self, "Source", path=str(build_source_bundle(build_dir)))
        self.packaged_sources = {
            algorithm: assets.Asset(
                self,
                f"Source-{algorithm}",
                path=str(build_source_bundle(build_dir, algorithm)),
            )
            for algorithm in PACKAGED
        }
        self.onnx = assets.Asset(self, "Onnx", path=str(build_onnx_packages(build_dir)))
        self.images = images
        self.role = job_role(
            self,
            "What Molino's training and transform jobs and endpoints may do",
            JobNeeds(
                bucket=bucket,
                key=key,
                images=images,
                code=(self.source, self.onnx, *self.packaged_sources.values()),
                read=("datasets/*", "models/*", JOB_OF_PREDICTIONS),
                # Data capture and batch transform write with this role too.
                written=("captures/*", "models/*", JOB_OF_PREDICTIONS),
                logs=("TrainingJobs", "TransformJobs", "Endpoints/molino-"),
                network=network,
                assets_key=assets_key,
                alarms=(SERVING,),
            ),
        )
