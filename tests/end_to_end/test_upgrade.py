"""A newer version deployed while executions run: each goes on with what it began with."""

import shlex
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.shared.names.legal import resource_name
from localcloud.deploy import deploy
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session, temporary_session
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices, subscribe
from tests.end_to_end.sabotage import source_bundle
from tests.end_to_end.upgrade import synthesize_next_version, synthesize_with
from tests.forests import FEW_TREES

pytestmark = pytest.mark.faults  # a cloud, three deployments and five runs

_ONE_AT_A_TIME = {"executions_at_once": 1}


@dataclass
class Upgrade:
    """Executions before, during and after an upgrade, as ``localcloud run`` tells of them.

    While the stack was updated, ``asking`` waited for a person and ``waiting`` for its turn;
    ``failed`` had ended before, and was redriven after.
    """

    session: Session
    failed: dict[str, Any]
    asking: dict[str, Any]
    waiting: dict[str, Any]
    after: dict[str, Any]

    def trained_with(self, result: dict[str, Any]) -> set[str]:
        """Return the archives of code with which an execution's training jobs ran."""
        name = result["execution_arn"].rsplit(":", 1)[-1]
        sagemaker = self.session.cloud.client("sagemaker")
        jobs = sagemaker.list_training_jobs(
            NameContains=resource_name(name.rpartition("-")[0], name)
        )["TrainingJobSummaries"]
        described = (
            sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"]) for job in jobs
        )
        return {job["HyperParameters"]["sagemaker_submit_directory"] for job in described}


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    folder = tmp_path_factory.mktemp("upgrade")
    now = synthesize_with(folder / "now", **_ONE_AT_A_TIME)
    later = synthesize_next_version(folder, **_ONE_AT_A_TIME)
    with temporary_session(folder / "cloud", now) as session, ThreadPoolExecutor(2) as pool:
        cloud = session.cloud
        notices = subscribe(session)
        with source_bundle(session, "train.py", "raise RuntimeError('broken')\n"):
            failed = _run(session, "failed")
        asking = pool.submit(_run, session, "asking", gate_approval="manual")
        answer = _answer(notices)
        waiting = pool.submit(_run, session, "waiting")
        _wait_for_running(session, 2)
        assert deploy(cloud, later, STACK) == session.outputs
        assert not asking.done()
        assert not waiting.done()
        cloud.client("stepfunctions").send_task_success(**answer)
        ended = asking.result(), waiting.result()
        yield Upgrade(session, failed, *ended, after=_run(session, "after"))


def _run(session: Session, dataset: str, **settings: str) -> dict[str, Any]:
    upload = Upload(datasets.BREAST_CANCER, dataset, FEW_TREES | settings)
    return run_file(session.cloud, session.outputs, upload)


def _answer(notices: Notices) -> dict[str, str]:
    """Return what the notice's command would send, once a person is asked."""
    notice = notices.wait_for("send-task-success", limit=120)
    words = shlex.split(notice["Message"].splitlines()[-1])
    given = dict(zip(words[3::2], words[4::2], strict=True))
    return {"taskToken": given["--task-token"], "output": given["--task-output"]}


def _wait_for_running(session: Session, count: int, limit: float = 30) -> None:
    states = session.cloud.client("stepfunctions")
    machine = session.outputs["StateMachineArn"]
    deadline = time.monotonic() + limit
    while True:
        running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
        if len(running["executions"]) == count:
            return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_ran_meanwhile_ends_as_if_nothing_had_happened(upgrade: Upgrade) -> None:
    for result in (upgrade.asking, upgrade.waiting):
        assert (result["status"], result["task"]) == ("SUCCEEDED", "binary"), result["message"]
        assert result["left_running"] == []


def test_what_ran_meanwhile_kept_its_code_and_what_came_after_has_the_new(
    upgrade: Upgrade,
) -> None:
    (old,) = upgrade.trained_with(upgrade.waiting)
    (new,) = upgrade.trained_with(upgrade.after)
    assert upgrade.trained_with(upgrade.asking) == {old}
    assert old != new


def test_the_new_version_works(upgrade: Upgrade) -> None:
    assert (upgrade.after["status"], upgrade.after["task"]) == ("SUCCEEDED", "binary")


def test_an_old_failure_is_redriven_with_the_code_it_began_with(upgrade: Upgrade) -> None:
    assert upgrade.failed["error"] == "TrainingFailed"
    arn = upgrade.failed["execution_arn"]
    upgrade.session.cloud.client("stepfunctions").redrive_execution(executionArn=arn)
    assert follow(upgrade.session.cloud, arn).status == "SUCCEEDED"
    assert upgrade.trained_with(upgrade.failed) == upgrade.trained_with(upgrade.waiting)
    assert left_running(upgrade.session.cloud) == []
