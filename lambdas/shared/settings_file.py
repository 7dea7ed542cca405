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

# A thousand times what a file needs; parsing 10 MB would outlast a function.
_LARGEST_BYTES = 64 << 10


def read_settings(client: S3Client, bucket: str, dataset: str) -> Source | None:
    """Return what the dataset's settings file says, or None if there is none."""
    key = settings_key(dataset)
    try:
        response = client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise
        return None
    content = response["Body"].read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        problem = f"the file {key} is larger than {_LARGEST_BYTES >> 10} KB"
        return Source(f"set in {key}", key, {}, (problem,))
    return from_yaml(key, content.decode("utf-8-sig", "replace"))
