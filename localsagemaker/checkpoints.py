"""A job's checkpoints, kept in step with S3 while it runs, as for jobs with CheckpointConfig."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localsagemaker import s3
from localsagemaker.context import S3Client

_DEFAULT = "/opt/ml/checkpoints"
_EVERY_SECONDS = 0.5


class CheckpointSync:
    """Fills the folder from S3 on entry, then copies what is new or changed until the exit.

    Parameters
    ----------
    base : Path
        What stands for ``/opt/ml``.
    request : dict
        Of CreateTrainingJob; without CheckpointConfig nothing is done.
    """

    def __init__(self, client: S3Client, base: Path, request: dict[str, Any]) -> None:
        self._client = client
        config = request.get("CheckpointConfig", {})
        self._uri: str = config.get("S3Uri", "").rstrip("/")
        within = os.path.relpath(config.get("LocalPath", _DEFAULT), "/opt/ml")
        self._folder = Path(os.path.normpath(base / within))
        if not self._folder.is_relative_to(base):  # elsewhere on this machine is nobody's to write
            self._folder = base / "checkpoints"
        self._key: str | None = request["OutputDataConfig"].get("KmsKeyId") or None
        self._sent: dict[Path, tuple[int, int]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="checkpoints", daemon=True)

    def __enter__(self) -> Self:
        """Fill the folder.

        Raises
        ------
        TransferError
        """
        if self._uri:
            s3.download_prefix(self._client, f"{self._uri}/", self._folder)
            self._sent = self._present()
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Copy what the job wrote last, however it ended."""
        if self._uri:
            self._over.set()
            self._thread.join()
            self._copy()

    def _present(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for path in self._folder.rglob("*"):
            try:
                about = path.stat()
            except FileNotFoundError:  # the job replaces and removes as it goes
                continue
            if path.is_file():
                found[path] = (about.st_mtime_ns, about.st_size)
        return found

    def _follow(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._copy()

    def _copy(self) -> None:
        for path, version in self._present().items():
            if self._sent.get(path) == version:
                continue
            name = path.relative_to(self._folder).as_posix()
            try:
                s3.upload(self._client, path, f"{self._uri}/{name}", self._key)
            except (s3.TransferError, OSError):  # tried again with the next round
                continue
            self._sent[path] = version
