"""Find what the data of a dataset's champion looked like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.drift.reference import Reference
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PROFILE, SAMPLE, SCHEMA
from lambdas.shared.names.legal import group_name
from lambdas.shared.registry import Version, champion, newest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from lambdas.shared.names.paths import RunPaths


def find_reference(s3: S3Client, sagemaker: SageMakerClient, paths: RunPaths) -> Reference | None:
    """Return it; None without a champion, or where the records of its data have been deleted."""
    group = group_name(paths.bucket, paths.dataset)
    found = champion(sagemaker, group)
    reference = _reference(s3, found) if found else None
    if found is None or reference is None:
        return None
    last = newest(sagemaker, group)
    is_later = last is not None and last.number > found.number
    return replace(reference, later=_reference(s3, last)) if last and is_later else reference


def _reference(s3: S3Client, version: Version) -> Reference | None:
    folder = version.data_uri
    schema = find(s3, SCHEMA, SCHEMA.below(folder)) if folder else None
    profile = find(s3, PROFILE, PROFILE.below(folder)) if folder else None
    sample = find(s3, SAMPLE, SAMPLE.below(folder)) if folder else None
    return Reference(version.number, schema, profile, sample or {}) if schema and profile else None
