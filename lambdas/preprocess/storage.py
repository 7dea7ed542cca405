"""Fetch an upload and its settings from S3, and store what was made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.errors import UploadNotFound
from lambdas.shared.paths import RunPaths, settings_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK_BYTES = 1 << 20
_ABSENT = ("NoSuchKey", "NoSuchVersion", "404")


@dataclass(frozen=True)
class Download:
    """A file fetched: where it lies, its digest, size and metadata."""

    path: Path
    sha256: str
    size: int
    metadata: dict[str, str]


def download(client: S3Client, bucket: str, key: str, version_id: str, path: Path) -> Download:
    """Stream one version of an object to disk, digesting it on the way.

    Raises
    ------
    UploadNotFound
        If that version is gone.
    """
    which: dict[str, Any] = {"VersionId": version_id} if version_id else {}
    problem = None
    try:
        response = client.get_object(Bucket=bucket, Key=key, **which)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        problem = UploadNotFound()
    if problem:
        raise problem
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in response["Body"].iter_chunks(_CHUNK_BYTES):
            digest.update(chunk)
            size += file.write(chunk)
    return Download(path, digest.hexdigest(), size, dict(response["Metadata"]))


def read_settings(client: S3Client, bucket: str, dataset: str) -> str | None:
    """Return the text of the dataset's settings file, or None if there is none."""
    try:
        response = client.get_object(Bucket=bucket, Key=settings_key(dataset))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return None
    return response["Body"].read().decode("utf-8-sig", "replace")


def upload(
    client: S3Client, paths: RunPaths, files: dict[str, Path], documents: dict[str, str]
) -> None:
    """Store the splits, then the documents (key → JSON), the manifest last of all."""
    for split, path in files.items():
        client.upload_file(
            str(path),
            paths.bucket,
            paths.split_key(split),
            ExtraArgs={"ContentType": "text/csv; charset=utf-8"},
        )
    for key, text in documents.items():
        client.put_object(
            Bucket=paths.bucket,
            Key=key,
            Body=text.encode(),
            ContentType="application/json",
        )
