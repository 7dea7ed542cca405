"""The Lambdas' code asset: the package ``lambdas/`` alone, in a folder of its own."""

import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_PACKAGE = PROJECT / "lambdas"


def stage_code(output_dir: Path) -> Path:
    """Copy ``lambdas/`` below ``output_dir`` and return ``output_dir``.

    Left out: byte code, hidden files and the layers' requirements. Modes are fixed, so the asset's
    hash is the same on every machine.
    """
    shutil.rmtree(output_dir, ignore_errors=True)
    for source in sorted(_PACKAGE.rglob("*")):
        inside = source.relative_to(PROJECT)
        if not source.is_file() or _left_out(inside):
            continue
        target = output_dir / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)
    return output_dir


def _left_out(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or "__pycache__" in path.parts or path.name.startswith("requirements-")
