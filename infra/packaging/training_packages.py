"""What algorithms need beyond AWS's image.

``python -m infra.packaging.training_packages`` renews the lock.

The packages travel in a second source bundle, which only the jobs of these algorithms are given.
"""

import hashlib
from pathlib import Path

from infra.packaging.build_once import build_once
from infra.packaging.wheels import Platform, compile_lock, install_wheels

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "training" / "requirements-packages.txt"
# AWS's image 1.9-0 (docs/developers.md); SageMaker's instances for it have x86 processors.
IMAGE = Platform("3.12", "x86_64-manylinux_2_28")
# Tests of its own, and ways to run on clusters.
_LEFT_OUT_FOLDERS = {"__pycache__", "dask", "spark", "testing"}
_LEFT_OUT_FILES = {".lock", "INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_LEFT_OUT = _LEFT_OUT_FOLDERS | _LEFT_OUT_FILES


def package_files(build_dir: Path) -> dict[str, bytes]:
    """Return the packages' files by name, fetched once into ``build_dir``.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    name = f"packages-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    target = build_once(build_dir / name, lambda folder: install_wheels(LOCK, folder, IMAGE))
    paths = (path for path in target.rglob("*") if path.is_file())
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in paths
        if not _LEFT_OUT.intersection(path.relative_to(target).parts)
    }


def renew() -> None:
    """Resolve the packages to the versions that requirements-dev.txt has, which tests use."""
    # What xgboost needs, numpy and scipy, the image has.
    versions = ("--constraint", str(PROJECT / "requirements-dev.txt"), "--no-deps")
    compile_lock(LOCK.with_suffix(".in"), LOCK, IMAGE, *versions)


if __name__ == "__main__":
    renew()
