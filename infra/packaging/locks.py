"""Wheels for other machines than this one, locked: ``python -m infra.packaging.locks`` renews.

Lambda layers, the packages of processing jobs and of Spark jobs, each algorithm that AWS's image
lacks and what writes ONNX files have a lock: exact versions with hashes, the same versions that
requirements.txt, requirements-dev.txt or requirements-spark.txt has.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import uv

from training.algorithms import ALGORITHMS

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("runtime", "duckdb", "numpy")
# Lambda's Python has boto3 and all that it needs.
OF_THE_RUNTIME = (
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "six",
    "urllib3",
)
ONNX_LOCK = PROJECT / "training" / "model" / "onnx" / "packages.txt"
PACKAGED = tuple(name for name, algorithm in ALGORITHMS.items() if algorithm.packages)


@dataclass(frozen=True)
class Platform:
    """The machine that wheels are for, in uv's words."""

    python: str
    name: str

    @property
    def options(self) -> tuple[str, ...]:
        """Uv's options; no source is ever built here, as it would be built for this machine."""
        return (
            *("--python-version", self.python, "--python-platform", self.name),
            *("--only-binary", ":all:"),
        )


LAMBDA = Platform("3.14", "aarch64-manylinux_2_28")
# AWS's image 1.9-0 (docs/developers.md); SageMaker's instances for it have x86 processors.
IMAGE = Platform("3.12", "x86_64-manylinux_2_28")
# Of the Pythons in releases 7 of EMR the newest.
EMR = Platform("3.11", "x86_64-manylinux_2_28")

_OF_JOBS = {"processing": IMAGE, "spark": EMR}  # what preprocess needs where no Lambda runs it


def lock_file(name: str) -> Path:
    """Return the lock of a layer, or of jobs' packages (``processing``, ``spark``)."""
    return PROJECT / "lambdas" / f"requirements-{name}.txt"


def algorithm_lock(algorithm: str) -> Path:
    """Return the lock of what an algorithm needs beyond AWS's image, named after the library."""
    library, _, _ = ALGORITHMS[algorithm].packages[0].partition("==")
    return PROJECT / "training" / "algorithms" / f"{library}.txt"


def all_locks() -> tuple[Path, ...]:
    """Return the locks of layers, of jobs' packages, of algorithms and of ONNX."""
    own = dict.fromkeys(map(algorithm_lock, PACKAGED))  # algorithms may need the same library
    return (*map(lock_file, (*LAYERS, *_OF_JOBS)), *own, ONNX_LOCK)


def install_wheels(lock: Path, target: Path, platform: Platform) -> None:
    """Unpack the wheels of a lock below ``target``.

    Raises
    ------
    subprocess.CalledProcessError
        When a package can't be fetched or its hash differs from the lock's.
    """
    command = [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(target)),
        *platform.options,
        # The lock is complete but for what the machine has by itself.
        *("--require-hashes", "--no-deps", "--link-mode", "copy", "--requirement", str(lock)),
    ]
    subprocess.run(command, check=True)


def _renew(lock: Path, requirements: str, platform: Platform, *options: str) -> None:
    """Resolve requirements for a platform and write them to ``lock``.

    Raises
    ------
    subprocess.CalledProcessError
        When no version of a package has a wheel for the platform.
    """
    command = [
        *(uv.find_uv_bin(), "pip", "compile", "--quiet", *platform.options),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"),
        *("--no-annotate", *options, "--output-file", str(lock), "-"),
    ]
    subprocess.run(
        command, check=True, input=requirements, text=True, stdout=subprocess.DEVNULL, cwd=PROJECT
    )
    # uv also lists what it excluded, as comments that change with its order of work.
    lines = [line for line in lock.read_text().splitlines() if line[:1] != "#"]
    lock.write_text("\n".join(lines) + "\n")


def renew_all() -> None:
    """Renew every lock from its requirements."""
    of_the_runtime = [f"--no-emit-package={name}" for name in OF_THE_RUNTIME]
    for name in (*LAYERS, *_OF_JOBS):
        lock = lock_file(name)
        platform, options = (LAMBDA, of_the_runtime) if name in LAYERS else (_OF_JOBS[name], [])
        requirements = lock.with_suffix(".in").read_text()
        _renew(lock, requirements, platform, "--constraint", "requirements-spark.txt", *options)
    for lock, requirements in _of_training().items():
        # Without what they need themselves, such as numpy, which the image has.
        options = ["--constraint", "requirements-dev.txt", "--no-deps"]
        _renew(lock, requirements, IMAGE, *options)


def _of_training() -> dict[Path, str]:
    """Return the requirements of what training jobs need beyond the image, by lock."""
    own = {algorithm_lock(name): "\n".join(ALGORITHMS[name].packages) for name in PACKAGED}
    return {**own, ONNX_LOCK: ONNX_LOCK.with_suffix(".in").read_text()}


if __name__ == "__main__":
    renew_all()
