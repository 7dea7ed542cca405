"""Synthesize the app into `cdk.out`, only when something it is made of has changed.

``python -m infra.synth`` is what `make synth` runs; the CDK CLI is not needed for it.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ASSEMBLY = PROJECT / "cdk.out"
_SOURCES = ("app.py", "cdk.json", "requirements.txt", "infra", "lambdas", "training")
_STAMP = "sources.sha256"


def synthesize(assembly: Path = ASSEMBLY) -> Path:
    """Return the cloud assembly, synthesized again when its sources' hash changed.

    Raises
    ------
    subprocess.CalledProcessError
        When ``app.py`` fails; its own message is on stderr.
    """
    lock_path = PROJECT / "build" / "synth.lock"
    lock_path.parent.mkdir(exist_ok=True)
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once must not write one folder
        digest, stamp = sources_digest(), assembly / _STAMP
        if stamp.exists() and stamp.read_text() == digest:
            return assembly
        shutil.rmtree(assembly, ignore_errors=True)
        subprocess.run(
            [sys.executable, "app.py"],
            cwd=PROJECT,
            env=os.environ | {"CDK_OUTDIR": str(assembly)},
            check=True,
        )
        stamp.write_text(digest)
    return assembly


def sources_digest() -> str:
    """Return the sha256 of everything that the template and its assets are made of."""
    digest = hashlib.sha256()
    for path in _source_files():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PROJECT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        source = PROJECT / name
        if source.is_file():
            yield source
        for path in sorted(source.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


if __name__ == "__main__":
    print(synthesize())
