"""The files of a batch transform job's answers: one for each file of rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lambdas.shared.failures.errors import PredictionsIncomplete
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_END = ".out"  # what batch transform puts behind the name of a file of rows


@dataclass(frozen=True)
class AnswersFile:
    """Where it is, and its size in bytes."""

    uri: str
    size: int


def find_answers(client: S3Client, folder_uri: str, parts: int) -> list[AnswersFile]:
    """Return the files in the order of the rows.

    Parameters
    ----------
    folder_uri : str
        Where the job has put them.
    parts : int
        How many files of rows there were.

    Raises
    ------
    PredictionsIncomplete
        If some have no answers.
    """
    bucket, key = split_uri(f"{folder_uri.rstrip('/')}/")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    found = {
        PurePosixPath(each["Key"]).name: AnswersFile(f"s3://{bucket}/{each['Key']}", each["Size"])
        for page in pages
        for each in page.get("Contents", ())
        if each["Key"].endswith(_END)
    }
    if len(found) != parts:
        text = Message(
            "{count} file of rows was given, {answered} answered",
            "{count} files of rows were given, {answered} answered",
            count=parts,
            answered=len(found),
        )
        raise PredictionsIncomplete(text)
    return [found[name] for name in sorted(found)]
