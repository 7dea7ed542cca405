"""What synths keep between them in `build`: made once, whole or not at all."""

import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path


def build_once(target: Path, build: Callable[[Path], object]) -> Path:
    """Return ``target``, made by ``build`` if it is not there yet.

    Parameters
    ----------
    target
        A file or folder whose name says what is in it, so that it never has to change.
    build
        Makes it at the path that it is given, in a folder that it may use for its work.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        with (target.parent / f"{target.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # synths at the same time wait for the first one's
            if not target.exists():
                with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                    partial = Path(folder) / target.name
                    build(partial)
                    partial.replace(target)
    return target
