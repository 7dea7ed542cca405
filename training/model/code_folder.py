"""The inference code inside the model: this package, what AWS's image lacks, and how to install it.

At an endpoint the container runs ``pip install .`` in the code folder before anything else. With
no build backend named, pip downloads setuptools for that, which fails under network isolation; the
backend named here is in the folder itself and needs nothing.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]  # training/
CODE = PACKAGE.parent  # in a job, what the source bundle was unpacked to
# What the container calls by name, at the head of the bundle or of the model's code.
TRAINING_ENTRY, SERVING_ENTRY = PACKAGE / "fit" / "train.py", PACKAGE / "serve" / "inference.py"
# What a person calls, at the head of the model, and the list of what it needs. The container
# installs a list in the code folder only.
PREDICTING_ENTRY, REQUIREMENTS = PACKAGE / "serve" / "predict.py", "requirements.txt"

# Libraries that every job and model needs and AWS's image lacks, and the parts of them left behind.
# skops also requires numpy, scipy, scikit-learn and packaging, which the image has, and
# prettytable, which only card imports.
VENDORED_LIBRARIES = ("skops",)
OF_THE_IMAGE = ("numpy", "packaging", "pandas", "scikit-learn", "scipy")
LEFT_OUT = ("__pycache__", "*.pyc", "tests", "card", "cli", "conftest.py")

# Folder of what one algorithm needs beyond that. Not installed by pip, which would take Python
# files only: `use_packages` puts the folder on the path.
ALGORITHM_PACKAGES = "packages"

PYPROJECT = """\
[build-system]
requires = []
build-backend = "training.model.wheel_backend"
backend-path = ["."]
"""


def _library_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def packages_folder(code: Path) -> Path | None:
    """Return the folder of an algorithm's packages in a code folder, if it has one."""
    folder = code / ALGORITHM_PACKAGES
    return folder if folder.is_dir() else None


def use_packages(code: Path) -> None:
    """Make an algorithm's packages in a code folder importable.

    Last on the path: an installed one comes first, which fits the Python that runs. Wheels in the
    folder are those for the image's Python.
    """
    folder = packages_folder(code)
    if folder and str(folder) not in sys.path:
        sys.path.append(str(folder))


def copy_code(model_dir: Path, packages: Sequence[str] = ()) -> Path:
    """Copy the inference code and vendored libraries to ``model_dir/code``.

    Parameters
    ----------
    model_dir : Path
    packages : sequence of str
        What the model needs beyond the image, as pip writes it; copied if this code has it.

    Returns
    -------
    Path
        The folder, for SAGEMAKER_SUBMIT_DIRECTORY: ``inference.py``, ``training/``, the vendored
        libraries and a ``pyproject.toml`` that installs them without a network. Beside it lie
        ``predict.py`` and its ``requirements.txt``, for machines without the image.

    Raises
    ------
    ModuleNotFoundError
        If a vendored library is not installed.
    """
    code = model_dir / "code"
    folders = {PACKAGE.name: PACKAGE}
    folders |= {name: _library_folder(name) for name in VENDORED_LIBRARIES}
    own = packages_folder(CODE) if packages else None
    folders |= {ALGORITHM_PACKAGES: own} if own else {}
    ignore = shutil.ignore_patterns(*LEFT_OUT)
    for name, folder in folders.items():
        shutil.copytree(folder, code / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copyfile(SERVING_ENTRY, code / SERVING_ENTRY.name)
    (code / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    shutil.copyfile(PREDICTING_ENTRY, model_dir / PREDICTING_ENTRY.name)
    needed = [*packages, *(f"{name}=={metadata.version(name)}" for name in OF_THE_IMAGE)]
    (model_dir / REQUIREMENTS).write_text("\n".join(needed) + "\n", encoding="utf-8")
    return code
