"""A model's answers to rows, from what evaluate has stored of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.evaluate.loading import load
from lambdas.shared.documents.bucket import ObjectFile, find
from lambdas.shared.documents.document import METRICS
from lambdas.shared.failures.aws_errors import is_absent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.quality.scored import Scored
    from lambdas.shared.positive_class import PositiveClass

PREDICTIONS = "predictions.csv"


def answers_at(
    client: S3Client, uri: str, rows: int, task: str, positive: PositiveClass | None
) -> Scored:
    """Return answers to so many rows, by the address of ``predictions.csv``."""
    with ObjectFile(client, uri).lines() as lines:
        return load(lines, rows, task, positive).scored


def answers_below(
    client: S3Client,
    folder: str | None,
    task: str,
    positive: PositiveClass | None,
    rows: int | None = None,
) -> Scored | None:
    """Return the answers below a folder; None if they are gone, or not of so many rows."""
    metrics = find(client, METRICS, folder and METRICS.below(folder))
    if metrics is None or metrics["rows"] != (rows or metrics["rows"]):
        return None
    try:
        return answers_at(client, f"{folder}/{PREDICTIONS}", metrics["rows"], task, positive)
    except ClientError as error:
        if not is_absent(error):
            raise
        return None
