"""An object in S3 as a file, read range by range, from any byte on.

A single long response would be cut off where the reader is slow, as it is while an endpoint
answers.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RANGE_BYTES = 4_000_000


class _Ranges(io.RawIOBase):
    def __init__(self, client: S3Client, bucket: str, key: str, position: int) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        found = client.head_object(Bucket=bucket, Key=key)
        self.size, self.etag = found["ContentLength"], found["ETag"]
        self._position = position

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        last = min(self._position + len(buffer), self.size) - 1
        if last < self._position:
            return 0
        # IfMatch: a file that changed under us must not be mixed with what it was.
        response = self._client.get_object(
            Bucket=self._bucket,
            Key=self._key,
            Range=f"bytes={self._position}-{last}",
            IfMatch=self.etag,
        )
        content = response["Body"].read()
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)


class ObjectFile(io.BufferedReader):
    """A binary file of an object's bytes; memory: one range.

    Parameters
    ----------
    client : S3Client
    bucket, key : str
    position : int
        Byte to begin at.

    Attributes
    ----------
    etag : str
        What S3 knows the content by.
    """

    def __init__(self, client: S3Client, bucket: str, key: str, position: int = 0) -> None:
        ranges = _Ranges(client, bucket, key, position)
        super().__init__(ranges, RANGE_BYTES)
        self.etag = ranges.etag
