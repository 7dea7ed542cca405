"""S3 as far as evaluation uses it, in a folder: benches measure the endpoint, not a store."""

import io
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class Disk:
    """An S3 client whose objects are files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Return size and tag."""
        return {"ContentLength": self._path(request).stat().st_size, "ETag": request["Key"]}

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Return all bytes, or a range."""
        path = self._path(request)
        if not path.exists():
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        first, _, last = request.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        with path.open("rb") as file:
            file.seek(int(first))
            return {"Body": io.BytesIO(file.read(int(last) - int(first) + 1 if last else -1))}

    def put_object(self, **request: Any) -> None:
        """Write a file."""
        self._path(request).write_bytes(request["Body"])

    def create_multipart_upload(self, **request: Any) -> dict[str, str]:
        """Begin a file."""
        self._path(request).write_bytes(b"")
        return {"UploadId": "upload"}

    def upload_part(self, **request: Any) -> dict[str, str]:
        """Add to it."""
        with self._path(request).open("ab") as file:
            file.write(request["Body"])
        return {"ETag": str(request["PartNumber"])}

    def complete_multipart_upload(self, **_: Any) -> None:
        """End it."""

    def _path(self, request: dict[str, Any]) -> Path:
        return self._folder / str(request["Key"]).replace("/", "-")
