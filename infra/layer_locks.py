"""The layers' requirements, and their locks: ``python -m infra.layer_locks`` renews these."""

import subprocess
from pathlib import Path

import uv

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = "3.13"
PLATFORM = "aarch64-manylinux_2_28"
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


def lock_file(layer: str) -> Path:
    """Return the path of a layer's lock: exact versions, with hashes."""
    return PROJECT / "lambdas" / f"requirements-{layer}.txt"


def compile_lock(layer: str) -> None:
    """Resolve a layer's requirements to the versions that requirements.txt has.

    Raises
    ------
    subprocess.CalledProcessError
        When no version of a package has a wheel for Lambda's processor and Python.
    """
    command = [
        *(uv.find_uv_bin(), "pip", "compile", "--quiet"),
        *("--python-version", PYTHON, "--python-platform", PLATFORM, "--only-binary", ":all:"),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"),
        *("--no-annotate", "--constraint", "requirements.txt"),
        *(f"--no-emit-package={name}" for name in OF_THE_RUNTIME),
        *("--output-file", str(lock_file(layer)), f"lambdas/requirements-{layer}.in"),
    ]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    # uv also lists what it left out, as comments that change with its order of work.
    lines = [line for line in lock_file(layer).read_text().splitlines() if line[:1] != "#"]
    lock_file(layer).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    for each in LAYERS:
        compile_lock(each)
