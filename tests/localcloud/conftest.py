"""What tests of the local cloud share with those of the local SageMaker."""

from tests.localsagemaker.conftest import core, image, job_request, make, s3, server

__all__ = ["core", "image", "job_request", "make", "s3", "server"]
