"""The days whose requests are compared together: one, and those before it that had too few rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lambdas.shared.documents.document import REQUESTS
from lambdas.shared.names.paths import RunPaths, split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Fewer tell next to nothing: a bin of a column's numbers would have one or two of them.
FEWEST_ROWS = 30
MOST_DAYS = 31


def paths_of(bucket: str, dataset: str, day: dt.date) -> RunPaths:
    """Return where the results of a day are: as if it were an execution of that name."""
    return RunPaths(bucket, dataset, f"requests/{day.isoformat()}")


def days_until(client: S3Client, paths: RunPaths, day: dt.date, since: dt.date) -> list[dt.date]:
    """Return the days to compare, in their order; none if the day has been compared already.

    Parameters
    ----------
    paths : RunPaths
        Of any day's results.
    since : date
        Earlier requests do not count.
    """
    first = max(since, day - dt.timedelta(MOST_DAYS - 1))
    compared = _compared(client, paths, first, day)
    if compared:
        first = max(compared) + dt.timedelta(1)
    return [first + dt.timedelta(n) for n in range((day - first).days + 1)]


def _compared(client: S3Client, paths: RunPaths, first: dt.date, last: dt.date) -> list[dt.date]:
    _, begin = split_uri(paths_of(paths.bucket, paths.dataset, first).report_uri)
    folder = begin.rpartition("/")[0]
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=paths.bucket, Prefix=f"{folder}/", StartAfter=begin
    )
    keys = (item["Key"] for page in pages for item in page.get("Contents", []))
    ends = (key.removeprefix(f"{folder}/").partition("/") for key in keys)
    days = (dt.date.fromisoformat(day) for day, _, name in ends if name == REQUESTS.name)
    return [day for day in days if day <= last]
