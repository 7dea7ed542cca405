"""Objects of the bucket, read and written; one that is not there is None, never an error."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.shared.documents.document import Document, T
from lambdas.shared.failures.aws_errors import is_absent
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

JSON, HTML = "application/json", "text/html; charset=utf-8"
RANGE_BYTES = 4_000_000
_ATTEMPTS = 8
_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")


def find(client: S3Client, kind: Document[T], uri: str | None) -> T | None:
    """Return a document's content; None if it has no address, or is not there."""
    found = fetch(client, uri) if uri else None
    return kind.content(found["Body"].read()) if found else None


def read(client: S3Client, kind: Document[T], uri: str) -> T:
    """Return the content of a document that an earlier step has stored: that it is gone, fails."""
    return kind.content(_get(client, uri)["Body"].read())


def write(client: S3Client, kind: Document[T], uri: str, content: T, **condition: Any) -> None:
    """Store a document."""
    put(client, uri, kind.text(content), JSON, **condition)


def change(
    client: S3Client, kind: Document[T], uri: str, changed: Callable[[T | None], T]
) -> T | None:
    """Write a document only over the one that it was made of, as others may write it meanwhile.

    Parameters
    ----------
    client : S3Client
    kind : Document
    uri : str
    changed : callable
        Takes the content, None if there is none, and returns the new one; called again where
        someone else was quicker.

    Returns
    -------
    mapping or None
        What was written; None if someone else was quicker each time.
    """
    for _ in range(_ATTEMPTS):
        found = fetch(client, uri)
        content = changed(kind.content(found["Body"].read()) if found else None)
        condition = {"IfMatch": found["ETag"]} if found else {"IfNoneMatch": "*"}
        try:
            write(client, kind, uri, content, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _CONFLICTS:
                raise
        else:
            return content
    return None


def fetch(client: S3Client, uri: str, **how: Any) -> GetObjectOutputTypeDef | None:
    """Begin to read an object; None if there is none.

    Parameters
    ----------
    client : S3Client
    uri : str
    **how
        More parameters of GetObject.
    """
    try:
        return _get(client, uri, **how)
    except ClientError as error:
        if not is_absent(error):
            raise
        return None


def _get(client: S3Client, uri: str, **how: Any) -> GetObjectOutputTypeDef:
    bucket, key = split_uri(uri)
    return client.get_object(Bucket=bucket, Key=key, **how)


@dataclass(frozen=True)
class Stored:
    """An object as S3 lists it."""

    uri: str
    size: int
    changed: dt.datetime


def stored(client: S3Client, folder: str) -> Iterator[Stored]:
    """Yield all objects below a folder, whose URI ends in a slash, in the order of their names."""
    bucket, prefix = split_uri(folder)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield Stored(f"s3://{bucket}/{item['Key']}", item["Size"], item["LastModified"])


def put(client: S3Client, uri: str, text: str, kind: str, **condition: Any) -> None:
    """Store a text; a lone surrogate in it becomes a question mark."""
    bucket, key = split_uri(uri)
    body = text.encode("utf-8", "replace")
    client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind, **condition)


def remove(client: S3Client, uri: str) -> None:
    """Delete an object, if there is one; its versions stay for a while."""
    bucket, key = split_uri(uri)
    client.delete_object(Bucket=bucket, Key=key)


class _Ranges(io.RawIOBase):
    def __init__(self, client: S3Client, uri: str, position: int) -> None:
        self._client, self._uri, self._position = client, uri, position
        bucket, key = split_uri(uri)
        found = client.head_object(Bucket=bucket, Key=key)
        self.size, self.etag = found["ContentLength"], found["ETag"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        last = min(self._position + len(buffer), self.size) - 1
        if last < self._position:
            return 0
        # IfMatch: a file that changed under us must not be mixed with what it was.
        which = {"Range": f"bytes={self._position}-{last}", "IfMatch": self.etag}
        content = _get(self._client, self._uri, **which)["Body"].read()
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)


class ObjectFile(io.BufferedReader):
    """A binary file of an object's bytes, read range by range; memory: one range.

    A single long response would be cut off where the reader is slow, as it is while an endpoint
    answers.

    Parameters
    ----------
    client : S3Client
    uri : str
    position : int
        Byte to begin at.

    Attributes
    ----------
    etag : str
        What S3 knows the content by.
    """

    def __init__(self, client: S3Client, uri: str, position: int = 0) -> None:
        ranges = _Ranges(client, uri, position)
        super().__init__(ranges, RANGE_BYTES)
        self.etag = ranges.etag

    def lines(self) -> io.TextIOWrapper:
        """Return it as a text file for a reader of CSV."""
        return io.TextIOWrapper(self, encoding="utf-8", newline="")
