"""The training job's source bundle, the same bytes whenever the files are the same."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

from infra.packaging.training_packages import package_files
from training.code_package import LEFT_OUT, PACKAGES, VENDORED

TRAINING = Path(__file__).resolve().parents[2] / "training"
BUNDLE = "sourcedir.tar.gz"
BUNDLE_WITH_PACKAGES = "sourcedir-packages.tar.gz"
ENTRY_POINTS = ("train.py", "inference.py")


def _vendored_files(name: str) -> dict[str, bytes]:
    """Return an installed package's Python files and its licence."""
    distribution = metadata.distribution(name)
    found: dict[str, bytes] = {}
    for file in distribution.files or []:
        parts = file.parts
        licence = "LICENSE" in file.name.upper() and ".dist-info" in parts[0]
        if licence:
            found[f"{name}/{file.name}"] = file.read_binary()
        elif parts[0] == name and file.suffix == ".py" and not set(LEFT_OUT).intersection(parts):
            found[file.as_posix()] = file.read_binary()
    if not found:
        raise FileNotFoundError(f"the installed package {name} lists no files")
    return found


def bundle_files() -> dict[str, bytes]:
    """Return the content of the bundle by name.

    Returns
    -------
    dict
        ``train.py`` and ``inference.py`` (what the container calls), the package ``training/`` and
        the vendored packages.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If a vendored package is not installed.
    """
    files = {f"training/{path.name}": path.read_bytes() for path in TRAINING.glob("*.py")}
    files.update({name: (TRAINING / name).read_bytes() for name in ENTRY_POINTS})
    for name in VENDORED:
        files.update(_vendored_files(name))
    return files


def build_source_bundle(output_dir: Path) -> Path:
    """Write the bundle of jobs that AWS's image is enough for.

    Parameters
    ----------
    output_dir : Path
        Created if absent.

    Returns
    -------
    Path
        ``output_dir/sourcedir.tar.gz``: names sorted; times, owners and modes fixed.
    """
    return _write(bundle_files(), output_dir / BUNDLE)


def build_bundle_with_packages(output_dir: Path) -> Path:
    """Write the bundle of jobs whose algorithm the image lacks; its packages lie in ``packages/``.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched.
    """
    packages = package_files(output_dir)
    inside = {f"{PACKAGES}/{name}": content for name, content in packages.items()}
    return _write({**bundle_files(), **inside}, output_dir / BUNDLE_WITH_PACKAGES)


def _write(files: dict[str, bytes], path: Path) -> Path:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    # No name and no time in the gzip header either.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / path.name
        with partial.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            packed.write(buffer.getbuffer())
        partial.replace(path)  # whole or not at all: synths may run at the same time
    return path
