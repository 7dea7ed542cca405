"""A build backend (PEP 517) without requirements: the code folder's Python files as a wheel."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import Any

NAME = "molino_model_code"
VERSION = "1.0.0"
INFO = f"{NAME}-{VERSION}.dist-info"


def _files(root: Path) -> dict[str, bytes]:
    """Return the modules and packages to install, by their name in the wheel."""
    modules = [path for path in root.glob("*.py") if path.name != "setup.py"]
    packages = [
        path
        for path in root.glob("*/**/*.py")
        if (root / path.parts[len(root.parts)] / "__init__.py").is_file()
    ]
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(modules + packages)
    }


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,  # noqa: ARG001 (the hook's own signature)
    metadata_directory: str | None = None,  # noqa: ARG001
) -> str:
    """Write the wheel of the current folder; called by pip.

    Returns
    -------
    str
        File name of the wheel in ``wheel_directory``.
    """
    files = _files(Path.cwd())
    files[f"{INFO}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n".encode()
    )
    files[f"{INFO}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\n"
    files[f"{INFO}/RECORD"] = f"{record}{INFO}/RECORD,,\n".encode()
    wheel = f"{NAME}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel
