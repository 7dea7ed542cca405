"""S3 as far as the steps of a replayed year use it, in memory: moto takes a third of its time."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody


class Objects:
    """An S3 client onto one bucket."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Any]] = {}

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Store an object, if the condition holds."""
        key, body = request["Key"], bytes(request["Body"])
        known = self._objects.get(key)
        wanted = request.get("IfMatch")
        if (wanted and (known or {}).get("ETag") != wanted) or (known and "IfNoneMatch" in request):
            raise _error("PreconditionFailed", "PutObject")
        self._objects[key] = {
            "bytes": body,
            "ETag": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "VersionId": f"{key}-{len(self._objects)}",
            "LastModified": dt.datetime.now(dt.UTC),
            "Metadata": request.get("Metadata", {}),
            "ContentLength": len(body),
        }
        return self._objects[key]

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Return an object, or a range of its bytes."""
        found = self._known(request, "GetObject")
        first, _, last = request.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        body = found["bytes"][int(first) : int(last) + 1 if last else None]
        return {**found, "Body": StreamingBody(io.BytesIO(body), len(body))}

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Describe an object."""
        return self._known(request, "HeadObject")

    def delete_object(self, **request: Any) -> None:
        """Forget an object."""
        self._objects.pop(request["Key"], None)

    def upload_file(self, path: str, bucket: str, key: str, **_: Any) -> None:
        """Store a file."""
        self.put_object(Bucket=bucket, Key=key, Body=Path(path).read_bytes())

    def download_file(self, bucket: str, key: str, path: str) -> None:
        """Write an object into a file."""
        Path(path).write_bytes(self.get_object(Bucket=bucket, Key=key)["Body"].read())

    def get_paginator(self, _: str) -> "Objects":
        """Return what lists objects, all on one page."""
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield the objects below a prefix."""
        keys = sorted(key for key in self._objects if key.startswith(request["Prefix"]))
        yield {
            "Contents": [
                {
                    "Key": key,
                    "Size": self._objects[key]["ContentLength"],
                    "LastModified": self._objects[key]["LastModified"],
                }
                for key in keys
            ]
        }

    def _known(self, request: dict[str, Any], operation: str) -> dict[str, Any]:
        if request["Key"] not in self._objects:
            raise _error("NoSuchKey", operation)
        return self._objects[request["Key"]]


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, operation)
