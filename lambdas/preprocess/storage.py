"""Fetch an upload from S3, store what was made of it, or leave it to a processing job."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.preprocess.handover import output_of, upload_input, volume_size_gb
from lambdas.preprocess.order import Order
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.spark_request import is_for_spark, spark_request
from lambdas.shared.contracts.preprocess import (
    HandedOver,
    PreparedDataset,
    ProcessingInput,
    ProcessingRequest,
)
from lambdas.shared.documents.bucket import JSON, fetch, put, read, write
from lambdas.shared.documents.document import ORDER, RESULT
from lambdas.shared.failures.aws_errors import is_absent, why_unreadable
from lambdas.shared.failures.errors import (
    DataError,
    UploadLocked,
    UploadNotFound,
    UploadReplaced,
    raise_errors,
)
from lambdas.shared.findings.finding import Finding
from lambdas.shared.names.legal import dataset_slug, resource_name
from lambdas.shared.settings.dataset import resolve

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from lambdas.preprocess.order import Outcome


_CHUNK_BYTES = 1 << 20
_WITHOUT_KEY = ("400", "BadRequest")  # HEAD of an object that is encrypted with another's key


@dataclass(frozen=True)
class Opened:
    """One version of an upload, about to be read: its bytes, when it came, and its metadata."""

    size: int
    changed: dt.datetime
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
    return Opened(
        found["ContentLength"], found["LastModified"], dict(found["Metadata"]), found["Body"]
    )


def refuse_superseded(client: S3Client, bucket: str, key: str, version_id: str) -> None:
    """Refuse a version that is not the newest of its key; it is not read.

    Nothing to compare with, because the bucket has no versions or the newest can't be seen,
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


def store(client: S3Client, bucket: str, outcome: Outcome) -> None:
    """Store the splits, then the documents, the manifest last of all."""
    for key, path in outcome.files.items():
        extra = {"ContentType": "text/csv; charset=utf-8"}
        client.upload_file(str(path), bucket, key, ExtraArgs=extra)
    for key, text in outcome.documents.items():
        put(client, f"s3://{bucket}/{key}", text, JSON)


def hand_over(client: S3Client, order: Order, size: int) -> HandedOver:
    """Store what the job needs to know, and return what the state machine needs to start it.

    Raises
    ------
    SettingsInvalid
        Before an instance is paid for.
    UploadReplaced, UploadNotFound
        If the upload is not the newest version of its key, the only one a job can read.
    """
    resolved = resolve(order.sources)
    raise_errors(resolved.findings)
    refuse_superseded(client, order.bucket, order.key, order.version_id)
    paths = order.paths
    settings, order_uri = resolved.settings, ORDER.uri(paths)
    output_uri = paths.uri(paths.dataset_prefix.rstrip("/"))
    job: dict[str, Any]
    if is_for_spark(settings, size):
        largest = max((part.size for part in order.parts), default=size)
        job = {"spark": spark_request(settings, size, largest, order_uri, output_uri)}
    else:
        upload = upload_input(client, paths, order.key, order_uri, order.part_names)
        job = {
            "job": ProcessingRequest(
                program="preprocess",
                instance_type=settings.processing_instance_type,
                volume_size_gb=volume_size_gb(size),
                inputs=(ProcessingInput(name="order", uri=order_uri), upload),
                output_uri=output_uri,
            )
        }
    write(client, ORDER, order_uri, order.to_dict())
    return HandedOver(
        dataset=dataset_slug(paths.dataset),
        resource_name=resource_name(paths.dataset, paths.execution),
        algorithm=settings.algorithm,
        **job,
    )


def take_back(client: S3Client, order: Order) -> PreparedDataset:
    """Return what the job made of the upload.

    Raises
    ------
    DataError
        The one that the job ended with, of the same class and message.
    UploadReplaced, UploadNotFound
        If the job may have read another version.
    """
    result = read(client, RESULT, RESULT.uri(order.paths))
    # A version that is the newest before and after the job was so all the time.
    refuse_superseded(client, order.bucket, order.key, order.version_id)
    return PreparedDataset(**output_of(result))
