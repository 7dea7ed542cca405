"""The local cloud killed in mid-run and started again: the run ends, is told, leaves nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.synth import synthesize
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.run import Upload, run_file, start
from localcloud.session import STACK, Session
from tests.end_to_end import datasets
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import subscribe
from tests.forests import FEW_TREES

_LIMIT_SECONDS = 240
# When it is killed: how the run ends.
KILLED_IN = {
    "training": ("FAILED", "TrainingFailed"),  # the job died with its process, and AWS says so
    "creation": ("SUCCEEDED", None),  # the endpoint comes up again
    "evaluation": ("SUCCEEDED", None),
}


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _states(session: Session, arn: str) -> list[str]:
    client = session.cloud.client("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if "stateEnteredEventDetails" in event
    ]


def _processes_of(folder: Path) -> list[str]:
    """Return the command lines of all processes that know the cloud's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            known = (entry / "environ").read_bytes() + os.fsencode((entry / "cwd").readlink())
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(str(folder)) in known and command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


@contextmanager
def _killable(folder: Path) -> Iterator[Session]:
    cloud = clouds.start(folder, keeps_state=True)
    try:
        yield Session(cloud, deploy(cloud, synthesize(), STACK))
    finally:
        running = clouds.find(folder)
        if running:
            running.stop()


def _is_in(session: Session, stage: str, arn: str) -> bool:
    sagemaker = session.cloud.client("sagemaker")
    if stage == "training":
        jobs = sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
        return bool(jobs)
    if stage == "creation":
        return bool(sagemaker.list_endpoints(StatusEquals="Creating")["Endpoints"])
    return "Measure on test rows" in _states(session, arn)


def _killed_in(session: Session, stage: str) -> tuple[str, Session]:
    """Kill the cloud when a new execution is so far, and start it again."""
    upload = Upload(datasets.BREAST_CANCER, f"killed-in-{stage}", FEW_TREES)
    arn = start(session.cloud, session.outputs, upload)
    _until(lambda: _is_in(session, stage, arn))
    os.kill(session.cloud.pid, signal.SIGKILL)
    os.waitpid(session.cloud.pid, 0)
    folder = session.cloud.folder
    _until(lambda: not _processes_of(folder))  # jobs, endpoints and Lambdas go with it
    revived = clouds.revive(folder)
    assert revived is not None
    return arn, Session(revived, session.outputs)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks processes up in /proc")
@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_killed_and_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    with _killable(folder) as session:
        notices = subscribe(session)
        _until(lambda: "subscriber" in (folder / "state" / "sns.json").read_text())
        current = session
        for stage, expected in KILLED_IN.items():
            arn, revived = _killed_in(current, stage)
            ended = follow(revived.cloud, arn)
            assert (ended.status, ended.error) == expected, (stage, ended.cause)
            told = replace(notices, session=revived).wait_for(ended.name, 60)
            assert ended.name in told["Message"]
            assert invoke(revived, "janitor", older_than_minutes=0)["remaining"] == []
            assert left_running(revived.cloud) == []
            current = revived

        # What it knew from before is there, and it takes uploads as before.
        listed = current.cloud.client("stepfunctions").list_executions(
            stateMachineArn=session.outputs["StateMachineArn"]
        )["executions"]
        assert len(listed) == len(KILLED_IN)
        upload = Upload(datasets.BREAST_CANCER, "after", FEW_TREES)
        result = run_file(current.cloud, current.outputs, upload)
        assert (result["status"], result["left_running"]) == ("SUCCEEDED", [])
        assert clouds.revive(folder) is None  # it runs
    assert _processes_of(folder) == []
