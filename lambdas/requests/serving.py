"""The datasets that have something that serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import CHAMPION

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def datasets_that_serve(client: S3Client, bucket: str) -> Iterator[str]:
    """Yield their names, as written in paths."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="reports/", Delimiter="/"
    )
    folders = (found["Prefix"] for page in pages for found in page.get("CommonPrefixes", []))
    for folder in folders:
        if find(client, CHAMPION, CHAMPION.below(f"s3://{bucket}/{folder.rstrip('/')}")):
            yield folder.split("/")[1]
