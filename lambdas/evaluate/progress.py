"""How far an evaluation has come: its predictions so far and a note for the next Lambda."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from lambdas.evaluate.rows import line_of
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PROGRESS
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Part(BaseModel):
    """A part of a multipart upload."""

    number: int
    etag: str


class StoredPredictions(BaseModel):
    """The predictions stored so far: parts of an upload, and the text after them."""

    upload_id: str | None = None
    parts: list[Part] = []
    tail: str = ""


class EvaluationProgress(BaseModel):
    """How far an evaluation has come.

    Parameters
    ----------
    endpoint, etag : str
        The endpoint and the test split it belongs to; it is useless for others.
    next_byte : int
        Where the next row begins in the test split.
    rows : int
        Rows answered.
    rows_per_request : int
    columns : list of str
        Columns of the endpoint's answers.
    milliseconds : list of float
        Of each request.
    seconds : float
        Spent on them in all, by the clock.
    stored : StoredPredictions
    is_answered : bool
        Whether every row is answered and the predictions are one file.
    """

    endpoint: str
    etag: str
    next_byte: int = 0
    rows: int = 0
    rows_per_request: int | None = None
    columns: list[str] = []
    milliseconds: list[float] = []
    seconds: float = 0.0
    stored: StoredPredictions = StoredPredictions()
    is_answered: bool = False


def noted(client: S3Client, uri: str, endpoint: str, etag: str) -> EvaluationProgress:
    """Return the progress of this endpoint on this test split; a fresh one if there is none."""
    found = EvaluationProgress(**(find(client, PROGRESS, uri) or {"endpoint": "", "etag": ""}))
    is_ours = (found.endpoint, found.etag) == (endpoint, etag)
    return found if is_ours else EvaluationProgress(endpoint=endpoint, etag=etag)


PART_BYTES = 8_000_000  # S3 takes 5 MB at least, 10,000 parts at most: 80 GB
_TYPE = "text/csv; charset=utf-8"


class PredictionsWriter:
    """Writes an object that can grow over several Lambdas.

    Parameters
    ----------
    client : S3Client
    uri : str
    stored : StoredPredictions
        What earlier ones wrote.
    """

    def __init__(self, client: S3Client, uri: str, stored: StoredPredictions) -> None:
        self._client = client
        bucket, key = split_uri(uri)
        self._where: Any = {"Bucket": bucket, "Key": key}
        self._upload_id = stored.upload_id
        self._parts = list(stored.parts)
        self._text = io.StringIO(newline="")
        self._text.write(stored.tail)

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows of as many cells each; a part that is full goes to S3."""
        text = "\n".join([*map(",".join, rows), ""])
        # Most rows need no quotes, which the count of signs shows: a third of a CSV writer's time.
        signs = (text.count(","), text.count("\n"), text.count('"'), text.count("\r"))
        if signs == ((len(rows[0]) - 1) * len(rows), len(rows), 0, 0):
            self._text.write(text)
        else:
            self._text.write("".join(f"{line_of(row).decode()}\n" for row in rows))
        if self._text.tell() >= PART_BYTES:
            self._send_part()

    def stored(self) -> StoredPredictions:
        """Return what a later writer needs to continue."""
        return StoredPredictions(
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
