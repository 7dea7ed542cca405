"""Functions' code, unpacked once for all processes of a cloud.

ministack unpacks it for each process, which then compiles every module that it imports again: more
than half of what a function's start costs.
"""

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from localcloud.ministack_internals import lambda_runtime

_CODE = "code"  # how ministack calls the folder; those of layers have other names
_lock = threading.Lock()


class SharedZip(zipfile.ZipFile):
    """An archive that is unpacked where all that have the same content are."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Put a link to the unpacked files in the place of an empty folder ``code``."""
        folder = Path(path)
        if folder.name != _CODE or self.filename is None:
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir(), "functions", digest)
        with _lock:
            if not shared.exists():
                partial = shared.with_suffix(".part")
                super().extractall(partial, members, pwd)
                partial.rename(shared)
        folder.rmdir()
        folder.symlink_to(shared, target_is_directory=True)


class _Zipfile:
    """The module as ministack's Lambda runtime sees it."""

    ZipFile = SharedZip

    def __getattr__(self, name: str) -> Any:
        return getattr(zipfile, name)


def install() -> None:
    """Let ministack's processes of functions share their code."""
    lambda_runtime.zipfile = _Zipfile()
