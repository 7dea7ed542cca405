"""A dataset's settings file in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.aws import ABSENT
from lambdas.shared.paths import settings_key
from lambdas.shared.settings import Source
from lambdas.shared.settings_sources import from_yaml

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_settings(client: S3Client, bucket: str, dataset: str) -> Source | None:
    """Return what the dataset's settings file says, or None if there is none."""
    key = settings_key(dataset)
    try:
        response = client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None
    return from_yaml(key, response["Body"].read().decode("utf-8-sig", "replace"))
