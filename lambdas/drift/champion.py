"""Find what the data of a dataset's champion looked like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.drift.reference import Reference
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PROFILE, SAMPLE, SCHEMA
from lambdas.shared.names.legal import group_name
from lambdas.shared.registry import champion

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from lambdas.shared.names.paths import RunPaths


def find_reference(s3: S3Client, sagemaker: SageMakerClient, paths: RunPaths) -> Reference | None:
    """Return it; None without a champion, or where the records of its data have been deleted."""
    found = champion(sagemaker, group_name(paths.bucket, paths.dataset))
    if not found or not found.data_uri:
        return None
    schema = find(s3, SCHEMA, SCHEMA.below(found.data_uri))
    profile = find(s3, PROFILE, PROFILE.below(found.data_uri))
    sample = find(s3, SAMPLE, SAMPLE.below(found.data_uri))
    return Reference(found.number, schema, profile, sample or {}) if schema and profile else None
