"""Fetch an upload and its settings from S3, and store what was made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.preprocess.read.download import Download
from lambdas.shared.documents.bucket import JSON, fetch, put
from lambdas.shared.failures.aws_errors import is_absent, why_unreadable
from lambdas.shared.failures.errors import DataError, UploadLocked, UploadNotFound, UploadReplaced
from lambdas.shared.findings.finding import Finding

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from lambdas.preprocess.work import Work

_CHUNK_BYTES = 1 << 20
_WITHOUT_KEY = ("400", "BadRequest")  # HEAD of an object that is encrypted with another's key


@dataclass(frozen=True)
class Opened:
    """One version of an upload, about to be read: its size in bytes and its metadata."""

    size: int
    metadata: dict[str, str]
    body: StreamingBody

    def save(self, path: Path) -> Download:
        """Stream it to disk, digesting it on the way."""
        digest = hashlib.sha256()
        with path.open("wb") as file:
            for chunk in self.body.iter_chunks(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        return Download(path, digest.hexdigest(), path.stat().st_size)


def open_upload(client: S3Client, bucket: str, key: str, version_id: str) -> Opened:
    """Begin to read one version of an object.

    Raises
    ------
    UploadNotFound
        If that version is gone.
    UploadLocked
        If it is encrypted or archived so that it can't be read.
    """
    which: dict[str, Any] = {"VersionId": version_id} if version_id else {}
    problem: DataError | None = None
    try:
        found = fetch(client, f"s3://{bucket}/{key}", **which)
    except ClientError as error:
        reason = why_unreadable(error)
        if reason is None:
            raise
        problem = UploadLocked(Finding("UploadLocked", reason))
    if problem:
        raise problem
    if found is None:
        raise UploadNotFound
    return Opened(found["ContentLength"], dict(found["Metadata"]), found["Body"])


def refuse_superseded(client: S3Client, bucket: str, key: str, version_id: str) -> None:
    """Refuse a version that is not the newest of its key; it is not read.

    Nothing to compare with, because the bucket has no versions or the newest can't be looked at,
    refuses nothing.

    Raises
    ------
    UploadReplaced
        If there is a newer one, which has an execution of its own.
    UploadNotFound
        If the file was deleted.
    """
    problem: DataError | None = None
    try:
        newest = client.head_object(Bucket=bucket, Key=key).get("VersionId")
    except ClientError as error:
        if not is_absent(error) and error.response["Error"]["Code"] not in _WITHOUT_KEY:
            raise
        problem = UploadNotFound() if is_absent(error) else None
        newest = None
    if problem:
        raise problem
    if version_id and newest and newest != version_id:
        raise UploadReplaced()


def store(client: S3Client, bucket: str, work: Work) -> None:
    """Store the splits, then the documents, the manifest last of all."""
    for key, path in work.files.items():
        extra = {"ContentType": "text/csv; charset=utf-8"}
        client.upload_file(str(path), bucket, key, ExtraArgs=extra)
    for key, text in work.documents.items():
        put(client, f"s3://{bucket}/{key}", text, JSON)
