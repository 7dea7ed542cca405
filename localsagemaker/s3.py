"""Copies between S3 and this machine, with a role's client."""

import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localsagemaker.context import S3Client


class TransferError(Exception):
    """S3 said no; the text is ``Code (status): message``."""


def split(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def keys_under(client: S3Client, uri: str) -> Iterator[str]:
    """Yield the keys that start with the prefix (a prefix of names, not a folder)."""
    bucket, prefix = split(uri)
    token: dict[str, str] = {}
    while True:
        try:
            answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
        except (ClientError, BotoCoreError) as error:
            raise TransferError(_text(error)) from error
        yield from (entry["Key"] for entry in answer.get("Contents", []))
        if not answer.get("IsTruncated"):
            return
        token = {"ContinuationToken": answer["NextContinuationToken"]}


def exists(client: S3Client, uri: str) -> bool:
    """Whether the client may read the object's head."""
    bucket, key = split(uri)
    try:
        client.head_object(Bucket=bucket, Key=key)
    except (ClientError, BotoCoreError):
        return False
    return True


def download(client: S3Client, uri: str, target: Path) -> None:
    """Copy one object to a file.

    Raises
    ------
    TransferError
    """
    bucket, key = split(uri)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        client.download_file(bucket, key, str(target))
    except (ClientError, BotoCoreError) as error:
        raise TransferError(_text(error)) from error


def download_prefix(
    client: S3Client, uri: str, folder: Path, share: tuple[int, int] = (0, 1)
) -> None:
    """Copy the objects under a prefix, named by what follows it (or its last part).

    Parameters
    ----------
    share
        ``(k, n)``: only every n-th object, from the k-th on, counted from 0.

    Raises
    ------
    TransferError
        Also for a key that points outside the folder.
    """
    bucket, prefix = split(uri)
    folder.mkdir(parents=True, exist_ok=True)
    keys = (key for key in keys_under(client, uri) if not key.endswith("/"))
    for key in islice(keys, share[0], None, share[1]):
        name = key.removeprefix(prefix).lstrip("/") or key.rpartition("/")[2]
        _download_as(client, f"s3://{bucket}/{key}", folder, name)


def manifest(client: S3Client, uri: str) -> list[tuple[str, str]]:
    """Return URI and name of each object that a manifest lists.

    It is ``[{"prefix": "s3://…/"}, "name", …]``.

    Raises
    ------
    TransferError
        Also for a manifest that is none.
    """
    bucket, key = split(uri)
    try:
        listed = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        prefix, names = listed[0]["prefix"], [str(name) for name in listed[1:]]
    except (ClientError, BotoCoreError) as error:
        raise TransferError(_text(error)) from error
    except (ValueError, LookupError, TypeError) as error:
        raise TransferError(f"{uri} is not a manifest") from error
    return [(prefix + name, name) for name in names]


def download_manifest(client: S3Client, uri: str, folder: Path) -> None:
    """Copy the objects that a manifest lists.

    Raises
    ------
    TransferError
        Also for a manifest that is none, or a name that points outside the folder.
    """
    for listed, name in manifest(client, uri):
        _download_as(client, listed, folder, name)


def _download_as(client: S3Client, uri: str, folder: Path, name: str) -> None:
    target = Path(os.path.normpath(folder / name))
    if not target.is_relative_to(folder):
        raise TransferError(f"the key {name} leads out of the channel's folder")
    download(client, uri, target)


def upload(client: S3Client, path: Path, uri: str, kms_key: str | None) -> None:
    """Copy a file to S3, encrypted with a KMS key if one is given.

    Raises
    ------
    TransferError
    """
    bucket, key = split(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    try:
        client.upload_file(str(path), bucket, key, ExtraArgs=encryption)
    except Exception as error:  # boto3 wraps refusals in classes of two packages
        if type(error).__name__ not in {"S3UploadFailedError", "ClientError"}:
            raise
        raise TransferError(_text(error)) from error


def pack(folders: Sequence[Path], archive: Path) -> None:
    """Write the folders' content as one tar.gz; of files of one name the first folder's."""
    content: dict[str, Path] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            content.setdefault(path.relative_to(folder).as_posix(), path)
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for name in sorted(content):
            tar.add(content[name], name, recursive=False)


def unpack(archive: Path, folder: Path) -> None:
    """Extract a tar.gz; names that lead out of the folder and special files are refused.

    Raises
    ------
    tarfile.TarError, OSError
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "r:gz") as tar:
        tar.extractall(folder, filter="data")


def _text(error: Exception) -> str:
    response = getattr(error, "response", None)
    if not response:
        return str(error)
    detail = response["Error"]
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    code = {"404": "NoSuchKey", "403": "AccessDenied"}.get(detail["Code"], detail["Code"])
    return f"{code} ({status}): {detail.get('Message', '')}"
