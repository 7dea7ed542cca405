"""Copies folders to S3 while they are being written, or when they are complete."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from localsagemaker import s3
from localsagemaker.context import S3Client

_State = tuple[int, int]  # size and time of change
_CHECKPOINTS = "/opt/ml/checkpoints"
_CHECKPOINT_SECONDS = 0.5


class Uploader:
    """Sends the files below a folder, each again only when it has changed."""

    def __init__(self, client: S3Client, folder: Path, uri: str, kms_key: str | None) -> None:
        self._client, self._folder, self._kms_key = client, folder, kms_key
        self._uri = uri.rstrip("/")
        self._seen: dict[Path, _State] = {}
        self._sent: dict[Path, _State] = {}

    def take_as_sent(self) -> None:
        """Send no file that is there now unless it changes."""
        self._sent = dict(self._files())

    def send_all(self) -> None:
        """Send every file that has not been sent as it is now.

        Raises
        ------
        TransferError
        """
        for path, state in self._files():
            self._send(path, state)

    def send_settled(self) -> None:
        """Send what has not changed since the last time; a refusal waits for the job's end."""
        with suppress(s3.TransferError, OSError):
            for path, state in self._files():
                if self._seen.get(path) == state:
                    self._send(path, state)
                self._seen[path] = state

    def _files(self) -> Iterator[tuple[Path, _State]]:
        for path in sorted(self._folder.rglob("*")):
            with suppress(FileNotFoundError):  # the job replaces and removes as it goes
                found = path.lstat()
                if path.is_file() and not path.is_symlink():
                    yield path, (found.st_size, found.st_mtime_ns)

    def _send(self, path: Path, state: _State) -> None:
        if self._sent.get(path) == state:
            return
        name = path.relative_to(self._folder).as_posix()
        s3.upload(self._client, path, f"{self._uri}/{name}", self._kms_key)
        self._sent[path] = state


@contextmanager
def sent_while_written(uploaders: Sequence[Uploader], seconds: float) -> Iterator[None]:
    """Send what has settled, every few seconds."""
    over = threading.Event()

    def follow() -> None:
        while uploaders and not over.wait(seconds):
            for uploader in uploaders:
                uploader.send_settled()

    thread = threading.Thread(target=follow, name="uploads", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def checkpoints(client: S3Client, base: Path, request: dict[str, Any]) -> Iterator[None]:
    """Fill a training job's folder of checkpoints from S3, and send what it writes there.

    Parameters
    ----------
    base
        What stands for ``/opt/ml``.
    request
        Of CreateTrainingJob; without CheckpointConfig nothing is done.

    Raises
    ------
    TransferError
        If they cannot be fetched.
    """
    config = request.get("CheckpointConfig")
    if not config:
        yield
        return
    within = os.path.relpath(config.get("LocalPath", _CHECKPOINTS), "/opt/ml")
    folder = Path(os.path.normpath(base / within))
    if not folder.is_relative_to(base):  # elsewhere on this machine is nobody's to write
        folder = base / "checkpoints"
    uri, key = config["S3Uri"].rstrip("/"), request["OutputDataConfig"].get("KmsKeyId") or None
    uploader = Uploader(client, folder, uri, key)
    s3.download_prefix(client, f"{uri}/", folder)
    uploader.take_as_sent()
    try:
        with sent_while_written([uploader], _CHECKPOINT_SECONDS):
            yield
    finally:  # what the job wrote last, however it ended
        with suppress(s3.TransferError, OSError):
            uploader.send_all()
