"""How far an evaluation has come, in one object of S3: written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PROGRESS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Part(BaseModel):
    """A part of a multipart upload."""

    number: int
    etag: str


class Stored(BaseModel):
    """The predictions stored so far: parts of an upload, and the text after them."""

    upload_id: str | None = None
    parts: list[Part] = []
    tail: str = ""


class Progress(BaseModel):
    """Where to go on.

    Parameters
    ----------
    endpoint, etag : str
        The endpoint and the test split it holds for; for others it is worth nothing.
    next_byte : int
        Where the next row begins in the test split.
    rows : int
        Rows answered.
    rows_per_request : int
    columns : list of str
        What the endpoint's answers hold.
    milliseconds : list of float
        Of each request.
    seconds : float
        Spent on them in all, by the clock.
    stored : Stored
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
    stored: Stored = Stored()
    is_answered: bool = False


def noted(client: S3Client, uri: str, endpoint: str, etag: str) -> Progress:
    """Return the progress of this endpoint on this test split; a fresh one if there is none."""
    found = Progress(**(find(client, PROGRESS, uri) or {"endpoint": "", "etag": ""}))
    is_ours = (found.endpoint, found.etag) == (endpoint, etag)
    return found if is_ours else Progress(endpoint=endpoint, etag=etag)
