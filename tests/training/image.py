"""A stand-in for AWS's image: a process that can import only what the image has.

Package names are those of docker/sklearn/1.9-0/uv.lock in aws/deep-learning-containers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

# Put on PYTHONPATH as sitecustomize.py, which Python imports before anything else.
BLOCKER = """
import importlib.machinery, sys

CODE = {code!r}
IMAGE = {{
    "bcrypt", "blinker", "boto3", "botocore", "certifi", "cffi", "charset_normalizer", "click",
    "colorama", "cryptography", "dateutil", "flask", "gevent", "greenlet", "gunicorn", "idna",
    "itsdangerous", "jinja2", "jmespath", "joblib", "markupsafe", "narwhals", "numpy", "packaging",
    "pandas", "paramiko", "PIL", "pip", "pkg_resources", "psutil", "pyarrow", "pytz", "requests",
    "retrying", "s3transfer", "scipy", "setuptools", "six", "sklearn", "threadpoolctl", "tzdata",
    "urllib3", "werkzeug", "yaml", "zope", "_distutils_hack",
    "cloudpickle",  # inside joblib 1.5 of the image, a package of its own from 1.6 on
}}

class OnlyTheImage:
    @staticmethod
    def find_spec(name, path=None, target=None):
        top = name.partition(".")[0]
        standard = top in sys.stdlib_module_names or top.startswith("_sysconfigdata")
        if standard or top in IMAGE or top == "__main__":
            return None
        if path is not None:
            return None
        own = [entry for entry in sys.path if entry.startswith(CODE)]
        spec = importlib.machinery.PathFinder.find_spec(name, [CODE, *own])
        if spec is None:
            raise ModuleNotFoundError(f"No module named {{name!r}} in the image", name=name)
        return spec

sys.meta_path.insert(0, OnlyTheImage)
"""


def unpack(bundle: Path, root: Path) -> Path:
    """Unpack a source bundle the way the training toolkit does."""
    code = root / "code"
    with tarfile.open(bundle) as archive:
        archive.extractall(code, filter="data")
    return code


def run_python(
    arguments: list[str], code: Path, environment: dict[str, str], root: Path
) -> subprocess.CompletedProcess[str]:
    """Run Python in the code folder with nothing but the image's packages and the folder's own."""
    blocker = root / "blocker"
    blocker.mkdir(exist_ok=True)
    (blocker / "sitecustomize.py").write_text(BLOCKER.format(code=str(code)), encoding="utf-8")
    inherited = {
        name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS") if name in os.environ
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=code,
        env={**inherited, "PYTHONPATH": str(blocker), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def train(bundle: Path, channels: dict[str, Path], root: Path, *hyperparameters: str) -> Path:
    """Run train.py as the container does; return the folder with model/ and output/."""
    code = unpack(bundle, root)
    environment = {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    environment |= {"SM_MODEL_DIR": str(root / "model"), "SM_OUTPUT_DIR": str(root / "output")}
    done = run_python(["train.py", *hyperparameters], code, environment, root)
    (root / "exit_code").write_text(str(done.returncode))
    (root / "stdout").write_text(done.stdout)
    (root / "stderr").write_text(done.stderr)
    return root
