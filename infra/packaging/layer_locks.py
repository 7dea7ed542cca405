"""The layers' requirements, and locks that ``python -m infra.packaging.layer_locks`` renews."""

from pathlib import Path

from infra.packaging.wheels import Platform, compile_lock

PROJECT = Path(__file__).resolve().parents[2]
LAMBDA = Platform("3.14", "aarch64-manylinux_2_28")
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


def renew(layer: str) -> None:
    """Resolve a layer's requirements to the versions that requirements.txt has.

    Raises
    ------
    subprocess.CalledProcessError
        When no version of a package has a wheel for Lambda's processor and Python.
    """
    left_out = [f"--no-emit-package={name}" for name in OF_THE_RUNTIME]
    versions = ("--constraint", str(PROJECT / "requirements.txt"))
    source = lock_file(layer).with_suffix(".in")
    compile_lock(source, lock_file(layer), LAMBDA, *versions, *left_out)


if __name__ == "__main__":
    for each in LAYERS:
        renew(each)
