"""The processing jobs' code with its packages: one zip file that Python runs.

AWS's image has no DuckDB, and isolated containers install nothing, so the packages travel along.
"""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from infra.packaging.build_once import build_once
from infra.packaging.layers import add_file, kept
from infra.packaging.locks import IMAGE, Platform, install_wheels, lock_file

LOCK = lock_file("processing")
_STARTER = Path(__file__).with_name("processing_main.py")


def package_hash(code_dir: Path) -> str:
    """Return the sha256 of everything that the package is made of."""
    return digest(IMAGE, [_STARTER, LOCK, *sources(code_dir)])


def digest(platform: Platform, files: Iterable[Path]) -> str:
    """Return the sha256 of files, and of the platform that they are for."""
    found = hashlib.sha256(f"{platform}".encode())
    for path in files:
        content = path.read_bytes()
        found.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def build_package(code_dir: Path, build_dir: Path) -> Path:
    """Return the package, built if it is not there yet.

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
    # Python's own ending for such files, which other apps' assets hardly have (job_role.py).
    name = f"processing-{package_hash(code_dir)[:16]}.pyz"
    return build_once(build_dir / name, lambda target: _zip_code_and_packages(code_dir, target))


def _zip_code_and_packages(code_dir: Path, target: Path) -> None:
    packages = target.parent / "packages"
    install_wheels(LOCK, packages, IMAGE)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        add_file(archive, _STARTER, "__main__.py")
        for path in sources(code_dir):
            add_file(archive, path, f"code/{path.relative_to(code_dir).as_posix()}")
        for path in kept(packages):
            add_file(archive, path, path.relative_to(packages.parent).as_posix())


def sources(code_dir: Path) -> list[Path]:
    """Return the code's files in order."""
    # All of them, as the manifest's code version is that of all.
    return sorted((path for path in code_dir.rglob("*") if path.is_file()), key=Path.as_posix)
