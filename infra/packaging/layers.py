"""Lambda layers: third-party wheels for Lambda's processor and Python, zipped at synth.

A layer is a pure function of its lock file, so its asset's hash is that of the lock and of the
build's own version: the same on every machine, and nothing is built twice.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.packaging.build_once import build_once
from infra.packaging.locks import LAMBDA, LAYERS, install_wheels, lock_file

BUILD_VERSION = "2"  # raise it when what goes into a layer changes
_LEFT_OUT_FOLDERS = {"__pycache__", "_precompute", "bin", "include", "test", "tests"}
_LEFT_OUT_FILES = {".lock", "direct_url.json", "INSTALLER", "RECORD", "REQUESTED", "uv_cache.json"}
_LEFT_OUT_SUFFIXES = {".a", ".c", ".h", ".pxd", ".pyc", ".pyi", ".pyx"}
_OF_NO_PACKAGE = Path("__init__.py")  # a slip of aws-cron-expression-validator
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class Layers(Construct):
    """One layer version for each lock file.

    Parameters
    ----------
    build_dir
        Where built layers are kept between synths.

    Attributes
    ----------
    by_name
        The layer versions, by the names in ``LAYERS``.
    """

    def __init__(self, scope: Construct, name: str, build_dir: Path) -> None:
        super().__init__(scope, name)
        self.by_name = {
            layer: lambda_.LayerVersion(
                self,
                layer.capitalize(),
                description=f"Molino's {layer} packages",
                code=lambda_.Code.from_asset(
                    str(build_layer(layer, build_dir)),
                    asset_hash=layer_hash(layer),
                    asset_hash_type=cdk.AssetHashType.CUSTOM,
                ),
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_14],
                compatible_architectures=[lambda_.Architecture.ARM_64],
            )
            for layer in LAYERS
        }


def layer_hash(layer: str) -> str:
    """Return the sha256 of everything that a layer is made of."""
    parts = (BUILD_VERSION, LAMBDA.python, LAMBDA.name, lock_file(layer).read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def build_layer(layer: str, build_dir: Path) -> Path:
    """Return a layer's zip, built if it is not there yet.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    name = f"layer-{layer}-{layer_hash(layer)[:16]}.zip"
    return build_once(build_dir / name, lambda target: _zip_packages(lock_file(layer), target))


def _zip_packages(lock: Path, target: Path) -> None:
    packages = target.parent / "python"
    install_wheels(lock, packages, LAMBDA)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in kept(packages):
            add_file(archive, path, path.relative_to(packages.parent).as_posix())


def unzipped_size(archive: Path) -> int:
    """Return the bytes that a layer takes in Lambda, where their sum is limited."""
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())


def add_file(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Add a file with a fixed time and mode, so that equal files give equal archives."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    with path.open("rb") as source, archive.open(entry, "w") as sink:
        shutil.copyfileobj(source, sink)


def kept(packages: Path) -> Iterator[Path]:
    """Yield the files of installed packages that are needed at run time."""
    # By whole name: pathlib would sort by part, and differently in Python 3.12.
    for path in sorted(packages.rglob("*"), key=Path.as_posix):
        if path.is_file() and not left_out(path.relative_to(packages)):
            yield path


def left_out(path: Path) -> bool:
    """Say whether a file of an installed package stays out of the layer."""
    return (
        path == _OF_NO_PACKAGE
        or bool(_LEFT_OUT_FOLDERS.intersection(path.parts[:-1]))
        or path.suffix in _LEFT_OUT_SUFFIXES
        or (path.name in _LEFT_OUT_FILES and path.parent.suffix in ("", ".dist-info"))
    )
