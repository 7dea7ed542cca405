"""Checkpoints are in S3 while a job runs, and in its folder when the next one begins."""

from collections.abc import Callable
from typing import Any

from localsagemaker import LocalSageMaker
from tests.localsagemaker.conftest import BUCKET, finished, wait_for

SCRIPT = """
import os, pathlib, time
folder = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
before = sorted(path.name for path in folder.iterdir())
print("before:", before)
(folder / f"round-{len(before)}").write_text("state")
if not before:
    time.sleep(60)
"""


def stored(s3: Any, prefix: str) -> list[str]:
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [entry["Key"].removeprefix(prefix) for entry in found]


def test_an_interrupted_jobs_checkpoint_is_there_for_the_next(
    core: LocalSageMaker, job_request: Callable[..., dict[str, Any]], s3: Any
) -> None:
    config = {"S3Uri": f"s3://{BUCKET}/kept/checkpoints"}
    core.call("CreateTrainingJob", job_request(SCRIPT, "first", CheckpointConfig=config))
    wait_for(lambda: stored(s3, "kept/checkpoints/") == ["round-0"])
    core.call("StopTrainingJob", {"TrainingJobName": "first"})
    assert finished(core, "first")["TrainingJobStatus"] == "Stopped"

    core.call("CreateTrainingJob", job_request(SCRIPT, "second", CheckpointConfig=config))
    job = finished(core, "second")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert stored(s3, "kept/checkpoints/") == ["round-0", "round-1"]


def test_without_the_setting_there_is_no_folder(
    core: LocalSageMaker, job_request: Callable[..., dict[str, Any]]
) -> None:
    core.call("CreateTrainingJob", job_request(SCRIPT))
    assert finished(core)["TrainingJobStatus"] == "Failed"
