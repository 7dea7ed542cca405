"""Objects in the bucket: every version, every delete marker, and uploads that never ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from operate.removal.items import Item, RemovalError

_MOST_AT_ONCE = 1000  # S3's limit for DeleteObjects


@dataclass
class Stored:
    """The versions below one prefix."""

    versions: list[dict[str, str]] = field(default_factory=list)
    bytes: int = 0


def stored_items(
    s3: Any, bucket: str, kind_of: Callable[[str], str | None], prefix: str = ""
) -> Iterator[Item]:
    """Yield an item for each kind of key, with all versions of its objects.

    Parameters
    ----------
    kind_of
        Returns what a key belongs to, as people read it, or None to leave it alone.
    prefix
        Only keys that begin so are looked at.
    """
    found: dict[str, Stored] = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            if (kind := kind_of(entry["Key"])) is not None:
                stored = found.setdefault(kind, Stored())
                stored.versions.append({"Key": entry["Key"], "VersionId": entry["VersionId"]})
                stored.bytes += entry.get("Size", 0)
    for kind, stored in sorted(found.items()):
        yield Item(
            kind="objects",
            name=kind,
            remove=partial(_delete, s3, bucket, stored.versions),
            count=len(stored.versions),
            bytes=stored.bytes,
        )
    yield from _unfinished(s3, bucket, kind_of, prefix)


def _unfinished(
    s3: Any, bucket: str, kind_of: Callable[[str], str | None], prefix: str
) -> Iterator[Item]:
    """Yield multipart uploads under way or given up: S3 holds their parts, which no list shows."""
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for upload in page.get("Uploads", []):
            if kind_of(upload["Key"]) is None:
                continue
            yield Item(
                kind="unfinished upload",
                name=upload["Key"],
                remove=partial(
                    s3.abort_multipart_upload,
                    Bucket=bucket,
                    Key=upload["Key"],
                    UploadId=upload["UploadId"],
                ),
            )


def _delete(s3: Any, bucket: str, versions: list[dict[str, str]]) -> None:
    """Delete versions for good.

    Raises
    ------
    RemovalError
        When S3 refuses some, for example those under a legal hold.
    """
    refused: list[str] = []
    for start in range(0, len(versions), _MOST_AT_ONCE):
        answer = s3.delete_objects(
            Bucket=bucket,
            Delete={"Objects": versions[start : start + _MOST_AT_ONCE], "Quiet": True},
        )
        refused += [error["Code"] for error in answer.get("Errors", [])]
    if refused:
        reasons = ", ".join(sorted(set(refused)))
        raise RemovalError(f"{len(refused)} of {len(versions)} versions are kept: {reasons}")
