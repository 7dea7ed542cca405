"""botocore's descriptions of services, read once in a process instead of by each session."""

from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_read: dict[str, Any] = {}


class _ReadOnce(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        if file_path not in _read:
            _read[file_path] = super().load_file(file_path)
        return _read[file_path]


def read_once() -> None:
    """Let sessions made from now on share what they read."""
    Loader.FILE_LOADER_CLASS = _ReadOnce
