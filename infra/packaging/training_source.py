"""The training jobs' source bundles, the same bytes whenever the files are the same.

There is one for all algorithms that AWS's image is enough for, and one for each that brings
packages of its own. What writes ONNX files has an archive beside them, for the jobs that do.
"""

import gzip
import hashlib
import io
import tarfile
from importlib import metadata
from pathlib import Path

from infra.packaging.build_once import build_once
from infra.packaging.locks import IMAGE, ONNX_LOCK, algorithm_lock, install_wheels
from training.model.code_folder import (
    ALGORITHM_PACKAGES,
    LEFT_OUT,
    PACKAGE,
    SERVING_ENTRY,
    TRAINING_ENTRY,
    VENDORED_LIBRARIES,
)

# Tests of the packages' own, ways to run on clusters, and traces of the installer.
_LEFT_OUT_FOLDERS = {"__pycache__", "dask", "spark", "testing"}
_LEFT_OUT_FILES = {".lock", "INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_LEFT_OUT_OF_PACKAGES = _LEFT_OUT_FOLDERS | _LEFT_OUT_FILES
# Of onnx and onnxruntime: test data, tools for other models than ours, and the library for C, which
# Python's module has in it.
_LEFT_OUT_OF_ONNX = {"backend", "quantization", "tools", "transformers", *_LEFT_OUT_OF_PACKAGES}
_LIBRARY_FOR_C = "onnxruntime/capi/libonnxruntime.so"


def build_source_bundle(output_dir: Path, algorithm: str | None = None) -> Path:
    """Write a source bundle, if it is not there yet.

    Parameters
    ----------
    output_dir : Path
        Created if absent; what was fetched is kept there.
    algorithm : str or None
        One with packages of its own, which are in the bundle's folder ``packages``.

    Returns
    -------
    Path
        ``output_dir/sourcedir-[algorithm-]<hash>.tar.gz``: names sorted; times, owners and modes
        fixed.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If a vendored library is not installed.
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    files = bundle_files() | (_algorithm_packages(algorithm, output_dir) if algorithm else {})
    name = f"sourcedir-{algorithm}" if algorithm else "sourcedir"
    target = output_dir / f"{name}-{_digest(files)}.tar.gz"
    return build_once(target, lambda partial: _write(files, partial))


def build_onnx_packages(output_dir: Path) -> Path:
    """Write what a job unpacks to write ONNX files, if it is not there yet.

    Returns
    -------
    Path
        ``output_dir/onnx-<hash>.tar.gz``, written as a source bundle is.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    left_out = f"{IMAGE} {sorted(_LEFT_OUT_OF_ONNX)} {_LIBRARY_FOR_C}"
    digest = hashlib.sha256(left_out.encode() + ONNX_LOCK.read_bytes()).hexdigest()[:16]
    return build_once(output_dir / f"onnx-{digest}.tar.gz", _write_onnx_packages)


def _write_onnx_packages(target: Path) -> None:
    found = _installed(ONNX_LOCK, target.parent, _LEFT_OUT_OF_ONNX)
    kept = {name: found[name] for name in found if not name.startswith(_LIBRARY_FOR_C)}
    _write(kept, target)


def bundle_files() -> dict[str, bytes]:
    """Return the content of every bundle by name.

    ``train.py`` and ``inference.py`` are what the container calls; beside them are the package
    ``training`` and the vendored libraries.
    """
    ours = {path: path.relative_to(PACKAGE.parent).as_posix() for path in PACKAGE.rglob("*.py")}
    files = {name: path.read_bytes() for path, name in ours.items()}
    files |= {path.name: path.read_bytes() for path in (TRAINING_ENTRY, SERVING_ENTRY)}
    for name in VENDORED_LIBRARIES:
        files |= _vendored_files(name)
    return files


def _vendored_files(name: str) -> dict[str, bytes]:
    """Return an installed library's Python files and its licence."""
    found: dict[str, bytes] = {}
    for file in metadata.distribution(name).files or []:
        parts = file.parts
        licence = "LICENSE" in file.name.upper() and ".dist-info" in parts[0]
        if licence:
            found[f"{name}/{file.name}"] = file.read_binary()
        elif parts[0] == name and file.suffix == ".py" and not set(LEFT_OUT).intersection(parts):
            found[file.as_posix()] = file.read_binary()
    if not found:
        raise FileNotFoundError(f"the installed package {name} lists no files")
    return found


def _algorithm_packages(algorithm: str, build_dir: Path) -> dict[str, bytes]:
    found = _installed(algorithm_lock(algorithm), build_dir, _LEFT_OUT_OF_PACKAGES)
    return {f"{ALGORITHM_PACKAGES}/{name}": content for name, content in found.items()}


def _installed(lock: Path, build_dir: Path, left_out: set[str]) -> dict[str, bytes]:
    """Return the files of a lock's packages by name."""
    name = f"packages-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    folder = build_once(build_dir / name, lambda target: install_wheels(lock, target, IMAGE))
    inside = {path: path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for path, name in inside.items()
        if not left_out.intersection(name.parts)
    }


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _write(files: dict[str, bytes], path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    # No name and no time in the gzip header either.
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(buffer.getbuffer())
