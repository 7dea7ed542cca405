"""A training job of two instances through the whole local cloud: one is lost, and it goes on."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end import datasets

DATASET = "hosts"
SETTINGS = {
    "algorithm": "xgboost",
    "n_estimators": "1500",
    "subsample": "0.7",
    "training_instance_count": "2",
}


def _second_host() -> int | None:
    """Return the process that trains on the second instance of the dataset's job."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            where = (folder / "cwd").readlink()
            if f"molino-{DATASET}-" in str(where) and "algo-2" in where.parts:
                return int(folder.name)
    return None


def _checkpoints(session: Session) -> list[str]:
    listed = session.cloud.client("s3").list_objects_v2(
        Bucket=session.outputs["BucketName"], Prefix=f"models/{DATASET}/"
    )
    return [each["Key"] for each in listed.get("Contents", []) if "/checkpoints/" in each["Key"]]


def _lose_a_host_once_there_is_a_checkpoint(session: Session) -> None:
    until = time.monotonic() + 240
    while not _checkpoints(session) and time.monotonic() < until:
        time.sleep(0.05)
    if process := _second_host():
        os.kill(process, signal.SIGKILL)


@pytest.mark.faults
def test_a_lost_instance_fails_the_job_and_a_redrive_goes_on(session: Session, run: Any) -> None:
    losing = threading.Thread(target=_lose_a_host_once_there_is_a_checkpoint, args=(session,))
    losing.start()
    result = run(datasets.BREAST_CANCER, DATASET, **SETTINGS)
    losing.join()
    assert (result["status"], result["error"]) == ("FAILED", "TrainingFailed")
    assert not [each for each in left_running(session.cloud) if DATASET in each]
    assert _checkpoints(session)

    arn = result["execution_arn"]
    session.cloud.client("stepfunctions").redrive_execution(executionArn=arn)
    assert follow(session.cloud, arn).status == "SUCCEEDED"
    logs = [
        path.read_text() for path in session.cloud.folder.glob(f"**/molino-{DATASET}-*/log.txt")
    ]
    assert sum("going on from round" in log for log in logs) == 1, logs
