"""The Lambda's side of a processing job: what it is given, and what is made of its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from lambdas.shared.contracts.preprocess import ProcessingInput
from lambdas.shared.documents.bucket import JSON, put
from lambdas.shared.failures.errors import DataError, data_error
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.shared.names.paths import RunPaths

# Files as they come, the database with what spills, and what is written: about once the size of
# these each, and room.
_DISK_FACTOR = 4
_LEAST_DISK_GB = 30
_GIGABYTE = 1 << 30


def volume_size_gb(size: int) -> int:
    """Return the disk that a job needs for files of so many bytes."""
    return max(_LEAST_DISK_GB, ceil(_DISK_FACTOR * size / _GIGABYTE))


def upload_input(
    client: S3Client, paths: RunPaths, key: str, order_uri: str, names: Sequence[str] = ()
) -> ProcessingInput:
    """Store, beside the order, the manifest by which SageMaker gives a job the upload alone.

    Parameters
    ----------
    names : sequence of str, optional
        What to give in place of the object itself, by its name in the object's folder.
    """
    prefix, _, name = key.rpartition("/")
    listed = json.dumps([{"prefix": paths.uri(f"{prefix}/")}, *(names or [name])])
    uri = f"{order_uri.rpartition('/')[0]}/upload.manifest"
    put(client, uri, listed, JSON)
    return ProcessingInput(name="upload", uri=uri, type="ManifestFile")


def output_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job's document says that it has made.

    Raises
    ------
    MolinoError
        The one that it ended with, of the same class and message.
    """
    if "error" not in result:
        return dict(result["output"])
    error = result["error"]
    kind = data_error(error["code"])
    if issubclass(kind, DataError):
        raise kind(*map(Finding.from_dict, error["findings"]))
    raise kind(*map(Message.from_json, error["details"]))
