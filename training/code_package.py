"""The inference code inside the model: this package, what AWS's image lacks, and how to install it.

At an endpoint the container runs ``pip install .`` in the code folder before anything else. With
no build backend named, pip downloads setuptools for that, which fails under network isolation; the
backend named here lies in the folder itself and needs nothing.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

# Packages that AWS's image lacks, and the parts of them left behind. skops also requires numpy,
# scipy, scikit-learn and packaging, which the image has, and prettytable, which only card imports.
VENDORED = ("skops",)
LEFT_OUT = ("__pycache__", "*.pyc", "tests", "card", "cli", "conftest.py")

# Where the bundle of an algorithm that the image lacks carries its packages. Not installed by pip,
# which would take Python files only: whoever needs them puts the folder on the path.
PACKAGES = "packages"

CODE = Path(__file__).resolve().parent.parent  # in a job, what the source bundle was unpacked to

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


def packages_folder(code: Path) -> Path | None:
    """Return the folder of packages in a code folder, if it has one."""
    folder = code / PACKAGES
    return folder if folder.is_dir() else None


def use_packages(code: Path) -> None:
    """Make the packages in a code folder importable."""
    folder = packages_folder(code)
    if folder and str(folder) not in sys.path:
        sys.path.append(str(folder))


def copy_code(model_dir: Path, packages: Path | None = None) -> Path:
    """Copy the inference code and vendored packages to ``model_dir/code``.

    Parameters
    ----------
    model_dir : Path
    packages : Path or None
        Folder of packages that the model needs beyond the image.

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
    if packages:
        shutil.copytree(packages, code / PACKAGES, ignore=ignore, dirs_exist_ok=True)
    shutil.copyfile(own / "inference.py", code / "inference.py")
    (code / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return code
