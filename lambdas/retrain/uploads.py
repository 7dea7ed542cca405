"""The uploads of a dataset, as S3 lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.retrain.look import Newest
from lambdas.shared.names.paths import INCOMING, dataset_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def newest_upload(
    client: S3Client, bucket: str, dataset: str
) -> tuple[Newest, dict[str, str]] | None:
    """Return the upload that came last, with its metadata; None if there is none."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{INCOMING}{dataset}"
    )
    found = [
        (item["LastModified"], item["Key"])
        for page in pages
        for item in page.get("Contents", [])
        if dataset_of(item["Key"]) == dataset and not item["Key"].endswith("/")
    ]
    if not found:
        return None
    _, key = max(found)
    head = client.head_object(Bucket=bucket, Key=key)
    newest = Newest(key, head.get("VersionId", ""), head["ContentLength"])
    return newest, dict(head["Metadata"])
