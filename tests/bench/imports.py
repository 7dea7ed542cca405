"""Cold import of each handler against `import boto3`, each in a fresh interpreter."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TITLE = "Cold import of each handler (median of 7, fresh interpreter, paired with the baseline)"
COLUMNS = ("import", "seconds", "ratio to `import boto3`")
_PROJECT = Path(__file__).parents[2]
_RUNS = 7
_ENVIRONMENT = {
    "BUCKET": "b",
    "STATE_MACHINE_ARN": "arn",
    "STATE_MACHINE_ARNS": "arn",
    "PREDICT_MACHINE_ARN": "arn",
    "ACTUALS_MACHINE_ARN": "arn",
    "DATASET_DEFAULTS": "{}",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield a row for the baseline and one per handler."""
    names = sorted(path.parent.name for path in (_PROJECT / "lambdas").glob("*/handler.py"))
    statements = {"boto3 (baseline)": "import boto3"} | {
        name: f"import lambdas.{name}.handler" for name in names
    }
    seconds: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(_RUNS):
        for name, statement in statements.items():
            seconds[name].append(_import_seconds(statement))
    baseline = statistics.median(seconds["boto3 (baseline)"])
    for name, measured in seconds.items():
        median = statistics.median(measured)
        yield name, f"{median:.2f}", f"{median / baseline:.2f}"


def _import_seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", statement],
        cwd=_PROJECT,
        env=os.environ | _ENVIRONMENT,
        check=True,
    )
    return time.perf_counter() - start
