"""The Spark jobs' code with its packages: one archive that EMR Serverless lays out in each worker.

Its Python has nothing of what preprocess needs, and no job installs anything.
"""

import gzip
import tarfile
from pathlib import Path

from infra.packaging.build_once import build_once
from infra.packaging.layers import kept
from infra.packaging.locks import EMR, install_wheels, lock_file
from infra.packaging.processing_package import digest, sources

LOCK = lock_file("spark")
# Folders of the archive, in the order in which Python looks into them.
FOLDERS = ("code", "packages")
ENTRY_POINT = Path("lambdas", "preprocess", "spark_job.py")


def package_hash(code_dir: Path) -> str:
    """Return the sha256 of everything that the archive is made of."""
    return digest(EMR, [LOCK, *sources(code_dir)])


def build_package(code_dir: Path, build_dir: Path) -> Path:
    """Return the archive, built if it is not there yet.

    Parameters
    ----------
    code_dir
        The Lambdas' staged sources.
    build_dir
        Where built packages are kept between synths.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    name = f"spark-{package_hash(code_dir)[:16]}.tgz"
    return build_once(build_dir / name, lambda target: _archive(code_dir, target))


def _archive(code_dir: Path, target: Path) -> None:
    code, packages = FOLDERS
    wheels = target.parent / packages
    install_wheels(LOCK, wheels, EMR)
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for path in sources(code_dir):
            _add(archive, path, f"{code}/{path.relative_to(code_dir).as_posix()}")
        for path in kept(wheels):
            _add(archive, path, f"{packages}/{path.relative_to(wheels).as_posix()}")


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file with a fixed owner, time and mode, so that equal files give equal archives."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = path.stat().st_size, 0o644
    with path.open("rb") as file:
        archive.addfile(entry, file)
