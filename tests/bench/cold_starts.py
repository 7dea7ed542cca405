"""Processor time until a Lambda of the local cloud can work: forked, against started anew."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from localcloud.forked import Forker

TITLE = "Processor time of a cold start in the local cloud (median of 5, paired with the baseline)"
COLUMNS = ("handler", "started anew, s (baseline)", "forked, s", "ratio")
_PROJECT = Path(__file__).parents[2]
_RUNS = 5
_SCRIPT = """
import time
import lambdas.{name}.handler
from lambdas.shared.aws import s3_client
s3_client()
print(time.process_time())
"""
_ENVIRONMENT = {
    "BUCKET": "b",
    "STATE_MACHINE_ARN": "arn",
    "STATE_MACHINE_ARNS": "arn",
    "PREDICT_MACHINE_ARN": "arn",
    "ACTUALS_MACHINE_ARN": "arn",
    "DATASET_DEFAULTS": "{}",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",  # pragma: allowlist secret
    "LAMBDA_TASK_ROOT": str(_PROJECT),
    "PYTHONPATH": str(_PROJECT),
}


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each handler."""
    environment = {"PATH": os.environ["PATH"], **_ENVIRONMENT}
    forker = Forker()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for path in sorted((_PROJECT / "lambdas").glob("*/handler.py")):
                name = path.parent.name
                script = Path(folder) / f"{name}.py"
                script.write_text(_SCRIPT.format(name=name))
                yield _row(name, forker, script, environment)
    finally:
        forker.close()


def _row(
    name: str, forker: Forker, script: Path, environment: dict[str, str]
) -> tuple[str, str, str, str]:
    anew, forked = [], []
    for _ in range(_RUNS):
        done = subprocess.run(
            [sys.executable, str(script)], env=environment, capture_output=True, check=True
        )
        anew.append(float(done.stdout))
        process = forker.fork(str(script), str(script.parent), environment)
        forked.append(float(process.stdout.read()))
        process.wait()
    before, after = statistics.median(anew), statistics.median(forked)
    return name, f"{before:.2f}", f"{after:.2f}", f"{after / before:.2f}"
