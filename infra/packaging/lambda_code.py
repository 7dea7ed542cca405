"""The Lambdas' code asset: the package ``lambdas/`` and what it shares with training."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.packaging.build_once import build_once

PROJECT = Path(__file__).resolve().parents[2]
_PACKAGE = PROJECT / "lambdas"
# Without imports of their own: what training accepts is refused before a job is paid for, and cells
# are read as the endpoint will read them.
_OF_TRAINING = (
    "training/__init__.py",
    "training/algorithms/*.py",
    "training/written_*.py",
)


def staged_code(build_dir: Path) -> Path:
    """Return a folder with the sources, staged if it is not there yet."""
    digest = hashlib.sha256()
    for inside in _files():
        content = (PROJECT / inside).read_bytes()
        digest.update(f"{inside.as_posix()}\0{len(content)}\0".encode() + content)
    return build_once(build_dir / f"lambdas-{digest.hexdigest()[:16]}", stage_code)


def stage_code(output_dir: Path) -> Path:
    """Copy the sources below ``output_dir`` and return ``output_dir``.

    Excluded: byte code, hidden files and the layers' requirements. Modes are fixed, so the asset's
    hash is the same on every machine.
    """
    for inside in _files():
        target = output_dir / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / inside, target)
        target.chmod(0o644)
    return output_dir


def _files() -> Iterator[Path]:
    for source in sorted(_PACKAGE.rglob("*")):
        inside = source.relative_to(PROJECT)
        if source.is_file() and not _left_out(inside):
            yield inside
    for pattern in _OF_TRAINING:
        yield from sorted(path.relative_to(PROJECT) for path in PROJECT.glob(pattern))


def _left_out(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or "__pycache__" in path.parts or path.name.startswith("requirements-")
