"""What has drifted from what a champion was trained on, by records of earlier comparisons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.contents import Drift
from lambdas.shared.documents.document import DRIFT, ROWS_DRIFT
from lambdas.shared.findings.message import Message, listed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.shared.names.paths import RunPaths

_ROWS = Message("rows to predict")
_READ = 10  # newest files of rows to predict; older ones tell less of the rows that come now


def drifted(
    client: S3Client, upload: RunPaths, champion: int, since: dt.datetime, trained: str
) -> Message | None:
    """Return what has drifted far, as a clause; None if nothing is known to have.

    Parameters
    ----------
    client : S3Client
    upload : RunPaths
        The run that the newest upload started when it came, if it did.
    champion : int
        Version; comparisons with another do not count.
    since : datetime
        When something was trained last: an older comparison was answered by that.
    trained : str
        Folder of the data of that training. What had drifted in these already is no reason again.
    """
    seen = far(find(client, DRIFT, DRIFT.below(trained)), champion) if trained else []
    for document, place in _documents(client, upload, since):
        is_answered = document.get("answered_by") is not None
        names = [] if is_answered else far(document, champion)
        if place.one == _ROWS.one:  # these are compared with the champion's data alone
            names = [name for name in names if name not in seen]
        if names:
            return clause(place, names, champion)
    return None


def clause(place: Message, names: list[str], champion: int) -> Message:
    """Say which columns have drifted far from a champion's data, and where that is seen."""
    return Message(
        "in {place}, the column {names} has drifted far from what version {version} was trained on",
        "in {place}, the columns {names} have drifted far from what version {version} was "
        "trained on",
        count=len(names),
        place=place,
        names=listed(names),
        version=champion,
    )


def far(document: Drift | None, champion: int) -> list[str]:
    """Return the columns that have drifted far from what a champion was trained on."""
    if document is None or document["champion"] != champion:
        return []
    return [each["name"] for each in document["columns"] if each["level"] == "large"]


def _documents(
    client: S3Client, upload: RunPaths, since: dt.datetime
) -> Iterator[tuple[Drift, Message]]:
    of_upload = find(client, DRIFT, DRIFT.uri(upload))
    if of_upload:
        yield of_upload, Message("the newest upload")
    for key in _newest_rows(client, upload, since):
        of_rows = find(client, ROWS_DRIFT, upload.uri(key))
        if of_rows:
            yield of_rows, _ROWS


def _newest_rows(client: S3Client, upload: RunPaths, since: dt.datetime) -> list[str]:
    folder = upload.prediction_prefix.rpartition("/")[0]
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=upload.bucket, Prefix=f"{folder}/"
    )
    found = [
        (item["LastModified"], item["Key"])
        for page in pages
        for item in page.get("Contents", [])
        if item["Key"].endswith(f"/{ROWS_DRIFT.name}") and item["LastModified"] >= since
    ]
    return [key for _, key in sorted(found, reverse=True)[:_READ]]
