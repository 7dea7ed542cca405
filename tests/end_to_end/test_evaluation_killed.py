"""A Lambda that is killed while it evaluates is followed by one that ends the work."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from localcloud.run import Upload, run_file
from localcloud.session import Session

_ROWS = 12_000
_SETTINGS = {"algorithm": "linear", "test_fraction": "0.4", "target": "outcome"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows enough for some seconds of evaluation."""
    generator = np.random.default_rng(0)
    cells = generator.normal(size=(_ROWS, 6)).round(4)
    outcome = np.where(cells.sum(axis=1) + generator.normal(size=_ROWS) > 0, "yes", "no")
    path = tmp_path_factory.mktemp("killed") / "rows.csv"
    lines = [",".join(map(str, row)) + f",{end}\n" for row, end in zip(cells, outcome, strict=True)]
    path.write_text("a,b,c,d,e,f,outcome\n" + "".join(lines))
    return path


def test_the_result_is_the_same(session: Session, path: Path) -> None:
    killed: list[int] = []

    def on_stage(stage: str) -> None:
        if stage == "evaluate" and not killed:
            killed.append(_kill(session))

    undisturbed = run_file(session.cloud, session.outputs, Upload(path, "calm", _SETTINGS))
    disturbed = run_file(
        session.cloud, session.outputs, Upload(path, "killed", _SETTINGS), on_stage
    )
    assert killed
    assert "Runtime.ExitError" in _errors(session, disturbed["execution_arn"])
    assert (undisturbed["status"], disturbed["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert disturbed["left_running"] == []
    assert disturbed["metrics"] == undisturbed["metrics"]
    # Linear algebra may differ in the last digit with where its rows lie in memory.
    predictions = (_predictions(session, result) for result in (disturbed, undisturbed))
    pd.testing.assert_frame_equal(*predictions, rtol=1e-12)


def _kill(session: Session) -> int:
    """End the process of the evaluate function once it is at work."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _is_evaluating(entry, session):
                time.sleep(0.4)  # past its start, before its end
                os.kill(int(entry.name), signal.SIGKILL)
                return int(entry.name)
        time.sleep(0.02)
    raise AssertionError("no process of the evaluate function was found")


def _is_evaluating(entry: Path, session: Session) -> bool:
    try:
        folder, name = str((entry / "cwd").readlink()), (entry / "comm").read_text()
    except OSError:
        return False
    return str(session.cloud.folder) in folder and name.startswith("Molino-Evaluate")


def _errors(session: Session, arn: str) -> set[str]:
    states = session.cloud.client("stepfunctions")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    details: list[dict[str, Any]] = [
        found
        for page in pages
        for event in page["events"]
        for name, found in event.items()
        if name.endswith("FailedEventDetails")
    ]
    return {found.get("error", "") for found in details}


def _predictions(session: Session, result: dict[str, Any]) -> pd.DataFrame:
    name = result["execution_arn"].rsplit(":", 1)[-1]
    dataset = Path(result["report"]).parent.parent.name
    key = f"reports/{dataset}/{name}/predictions.csv"
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    return pd.read_csv(s3.get_object(Bucket=bucket, Key=key)["Body"])
