"""The predictions file, written row by row and in several goes, memory one part."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.evaluate.progress import Part, Stored
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES = 8_000_000  # S3 takes 5 MB at least, 10,000 parts at most: 80 GB
_TYPE = "text/csv; charset=utf-8"


class PredictionsWriter:
    """Writes an object that can grow over several Lambdas.

    Parameters
    ----------
    client : S3Client
    uri : str
    stored : Stored
        What earlier ones wrote.
    """

    def __init__(self, client: S3Client, uri: str, stored: Stored) -> None:
        self._client = client
        bucket, key = split_uri(uri)
        self._where: Any = {"Bucket": bucket, "Key": key}
        self._upload_id = stored.upload_id
        self._parts = list(stored.parts)
        self._text = io.StringIO(newline="")
        self._text.write(stored.tail)
        self._writer = csv.writer(self._text, lineterminator="\n")

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows; a part that is full goes to S3."""
        self._writer.writerows(rows)
        if self._text.tell() >= PART_BYTES:
            self._send_part()

    def stored(self) -> Stored:
        """Return what a later writer needs to go on."""
        return Stored(
            upload_id=self._upload_id, parts=list(self._parts), tail=self._text.getvalue()
        )

    def close(self) -> None:
        """Make the object what was written."""
        if self._upload_id is None:
            body = self._text.getvalue().encode()
            self._client.put_object(**self._where, Body=body, ContentType=_TYPE)
            return
        if self._text.tell():
            self._send_part()
        self._client.complete_multipart_upload(
            **self._where,
            UploadId=self._upload_id,
            MultipartUpload={
                "Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in self._parts]
            },
        )

    def _send_part(self) -> None:
        if self._upload_id is None:
            started = self._client.create_multipart_upload(**self._where, ContentType=_TYPE)
            self._upload_id = started["UploadId"]
        number = len(self._parts) + 1
        answered = self._client.upload_part(
            **self._where,
            UploadId=self._upload_id,
            PartNumber=number,
            Body=self._text.getvalue().encode(),
        )
        self._parts.append(Part(number=number, etag=answered["ETag"]))
        self._text.seek(0)
        self._text.truncate()
