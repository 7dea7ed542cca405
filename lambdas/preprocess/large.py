"""Uploads too large for the Lambda: handed over to a processing job, and taken back from it."""

from __future__ import annotations

import json
from math import ceil
from typing import TYPE_CHECKING, Any

from lambdas.preprocess.documents.result import outcome
from lambdas.preprocess.storage import refuse_superseded
from lambdas.preprocess.work import Order
from lambdas.shared.documents.bucket import JSON, put, read, write
from lambdas.shared.documents.document import ORDER, RESULT
from lambdas.shared.failures.errors import raise_errors
from lambdas.shared.names.legal import dataset_slug, resource_name
from lambdas.shared.settings.dataset import resolve

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The upload, its database with what spills, and its splits: about once its size each, and room.
_DISK_FACTOR = 4
_LEAST_DISK_GB = 30
_GIGABYTE = 1 << 30


def hand_over(client: S3Client, order: Order, size: int) -> dict[str, Any]:
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
    prefix, _, name = order.key.rpartition("/")
    # The manifest by which SageMaker gives a processing job the one upload.
    listed = json.dumps([{"prefix": paths.uri(f"{prefix}/")}, name])
    list_uri = f"{ORDER.uri(paths).rpartition('/')[0]}/upload.manifest"
    put(client, list_uri, listed, JSON)
    write(client, ORDER, ORDER.uri(paths), order.to_dict())
    return {
        "dataset": dataset_slug(paths.dataset),
        "resource_name": resource_name(paths.dataset, paths.execution),
        "algorithm": resolved.settings.algorithm,
        "job": {
            "instance_type": resolved.settings.processing_instance_type,
            "volume_size_gb": max(_LEAST_DISK_GB, ceil(_DISK_FACTOR * size / _GIGABYTE)),
            "upload_list_uri": list_uri,
            "order_uri": ORDER.uri(paths),
            "output_uri": paths.uri(paths.dataset_prefix.rstrip("/")),
        },
    }


def take_back(client: S3Client, order: Order) -> dict[str, Any]:
    """Return what the job made of the upload.

    Raises
    ------
    DataError
        The one that the job ended with.
    UploadReplaced, UploadNotFound
        If the job may have read another version.
    """
    result = read(client, RESULT, RESULT.uri(order.paths))
    # A version that is the newest before and after the job was so all the time.
    refuse_superseded(client, order.bucket, order.key, order.version_id)
    return outcome(result)
