"""Copies a folder to S3 while it is being written, or when it is complete."""

from collections.abc import Iterator
from pathlib import Path

from localsagemaker import s3
from localsagemaker.context import S3Client

_State = tuple[int, int]  # size and time of change


class Uploader:
    """Sends the files below a folder, each again only when it has changed."""

    def __init__(self, client: S3Client, folder: Path, uri: str, kms_key: str | None) -> None:
        self._client, self._folder, self._kms_key = client, folder, kms_key
        self._uri = uri.rstrip("/")
        self._seen: dict[Path, _State] = {}
        self._sent: dict[Path, _State] = {}

    def send_all(self) -> None:
        """Send every file that has not been sent as it is now.

        Raises
        ------
        TransferError
        """
        for path, state in self._files():
            self._send(path, state)

    def send_settled(self) -> None:
        """Send what has not changed since the last look; a refusal waits for the job's end."""
        try:
            for path, state in self._files():
                if self._seen.get(path) == state:
                    self._send(path, state)
                self._seen[path] = state
        except (s3.TransferError, OSError):
            return

    def _files(self) -> Iterator[tuple[Path, _State]]:
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found = path.stat()
                yield path, (found.st_size, found.st_mtime_ns)

    def _send(self, path: Path, state: _State) -> None:
        if self._sent.get(path) == state:
            return
        name = path.relative_to(self._folder).as_posix()
        s3.upload(self._client, path, f"{self._uri}/{name}", self._kms_key)
        self._sent[path] = state
