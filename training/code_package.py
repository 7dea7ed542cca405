"""The inference code inside the model: this package, what AWS's image lacks, and how to install it.

At an endpoint the container runs ``pip install .`` in the code folder before anything else. With
no build backend named, pip downloads setuptools for that, which fails under network isolation; the
backend named here lies in the folder itself and needs nothing.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

# Packages that AWS's image lacks, and the parts of them left behind. skops also requires numpy,
# scipy, scikit-learn and packaging, which the image has, and prettytable, which only card imports.
VENDORED = ("skops",)
LEFT_OUT = ("__pycache__", "*.pyc", "tests", "card", "cli", "conftest.py")

PYPROJECT = """\
[build-system]
requires = []
build-backend = "training.wheel_backend"
backend-path = ["."]
"""


def package_folder(name: str) -> Path:
    """Return the folder an importable package lies in.

    Raises
    ------
    ModuleNotFoundError
        If there is no such package.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def copy_code(model_dir: Path) -> Path:
    """Copy the inference code and vendored packages to ``model_dir/code``.

    Returns
    -------
    Path
        The folder, for SAGEMAKER_SUBMIT_DIRECTORY: ``inference.py``, ``training/``, the vendored
        packages and a ``pyproject.toml`` that installs them without a network.
    """
    code = model_dir / "code"
    own = package_folder("training")
    ignore = shutil.ignore_patterns(*LEFT_OUT)
    for name in ("training", *VENDORED):
        shutil.copytree(package_folder(name), code / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copyfile(own / "inference.py", code / "inference.py")
    (code / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return code
