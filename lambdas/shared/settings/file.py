"""A dataset's settings file in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.documents.bucket import fetch
from lambdas.shared.failures.aws_errors import why_unreadable
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import settings_key
from lambdas.shared.settings.dataset import Source
from lambdas.shared.settings.sources import from_yaml, in_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A thousand times what a file needs; parsing 10 MB would outlast a function.
_LARGEST_BYTES = 64 << 10
_LONGEST_KEY = 1024  # S3's, in bytes


def read_settings(client: S3Client, bucket: str, dataset: str) -> Source | None:
    """Return what the dataset's settings file says, or None if there is none.

    Whatever is wrong with the file is a problem of the source, so that it fails a run, which is
    told of, and never what comes before a run.
    """
    key = settings_key(dataset)
    if len(key.encode(errors="replace")) > _LONGEST_KEY:
        return None  # no object can have that name
    try:
        found = fetch(client, f"s3://{bucket}/{key}")
    except ClientError as error:
        # A right that is missing is told by the run, too; what may pass is tried again.
        denied = error.response["Error"]["Code"] == "AccessDenied"
        reason = Message("S3 answered AccessDenied") if denied else why_unreadable(error)
        if reason is None:
            raise
        return in_file(key, {}, Message("cannot be read: {reason}", reason=reason))
    if found is None:
        return None
    content = found["Body"].read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        return in_file(key, {}, Message("is larger than {size} KB", size=_LARGEST_BYTES >> 10))
    return from_yaml(key, content.decode("utf-8-sig", "replace"))
