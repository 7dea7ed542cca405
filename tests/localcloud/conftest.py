"""What tests of the local cloud share with those of the local SageMaker."""

from tests.localsagemaker.conftest import (
    core,
    create_model,
    image,
    job_request,
    make,
    s3,
    serve,
    server,
    transform,
)

__all__ = [
    "core", "create_model", "image", "job_request", "make", "s3", "serve", "server", "transform",
]  # fmt: skip
