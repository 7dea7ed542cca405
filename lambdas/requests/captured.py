"""The objects in which a dataset's requests are captured: which there are, and what is in some."""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.serve.captures import VARIANT
from lambdas.shared.documents.bucket import fetch
from lambdas.shared.names.paths import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_OBJECTS = 2_000
_MOST_BYTES = 8_000_000  # of an object
_AT_ONCE = 16


@dataclass(frozen=True)
class Captured:
    """Objects of some days.

    Parameters
    ----------
    found : int
        How many there are.
    drawn : sequence of str
        URIs of those that are to be read, in no order of time.
    """

    found: int
    drawn: Sequence[str]


def find_captured(
    client: S3Client, folder: str, endpoint_name: str, days: Sequence[dt.date]
) -> Captured:
    """Find the objects of some days, and draw some where there are very many.

    Parameters
    ----------
    folder : str
        URI under which the dataset's endpoint that serves captures, without a slash at the end.
    """
    found = 0

    def uris() -> Iterator[str]:
        nonlocal found
        for day in days:
            for uri in _objects(client, f"{folder}/{endpoint_name}/{VARIANT}/{day:%Y/%m/%d}/"):
                found += 1
                yield uri

    # By their digests: the same ones each time, spread over the days.
    drawn = heapq.nsmallest(MOST_OBJECTS, uris(), key=_digest)
    return Captured(found, drawn)


def _objects(client: S3Client, folder: str) -> Iterator[str]:
    bucket, prefix = split_uri(folder)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield f"s3://{bucket}/{item['Key']}"


def _digest(uri: str) -> bytes:
    return hashlib.sha256(uri.encode()).digest()


def read_lines(client: S3Client, uris: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield the lines of each object; of one that is very large, those at its beginning."""

    def read(uri: str) -> list[bytes]:
        found = fetch(client, uri)
        if found is None:  # erased meanwhile
            return []
        with found["Body"] as body:
            content = body.read(_MOST_BYTES)
        lines = content.splitlines()
        return lines[:-1] if len(content) == _MOST_BYTES else lines

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for first in range(0, len(uris), _AT_ONCE):  # what is read, but not yet used, is in memory
            yield from pool.map(read, uris[first : first + _AT_ONCE])
