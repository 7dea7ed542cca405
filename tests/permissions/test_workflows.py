"""Every role has what its work needs and no more, shown by all that the product does."""

import json
from collections.abc import Iterator

import pytest
from rich.console import Console

from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.permissions import VARIABLE
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session
from tests.end_to_end import datasets
from tests.end_to_end.sabotage import without_action
from tests.end_to_end.upgrade import synthesize_with
from tests.permissions.calls import LOG, Recording
from tests.permissions.comparison import Comparison, as_table, compare, documented
from tests.permissions.grants import Grant, deployed_grants
from tests.permissions.workflows import FEW_TREES, UNSTOPPABLE, WORKFLOWS, faults

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("permissions")
    plan = folder / "faults.json"
    plan.write_text(json.dumps(faults()))
    options = {VARIABLE: str(folder / LOG), "LOCALCLOUD_FAULTS": str(plan)}
    with clouds.temporary(folder / "cloud", options=options) as cloud:
        assembly = synthesize_with(folder / "assembly", preprocess_upload_limit_mb=1)
        yield Session(cloud, deploy(cloud, assembly, STACK))


@pytest.fixture(scope="module")
def grants(session: Session) -> dict[str, list[Grant]]:
    return deployed_grants(session)


@pytest.fixture(scope="module")
def recording(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    found = Recording(session.cloud.folder.parent / LOG)
    for name, run in WORKFLOWS.items():
        with found.of(name):
            run(session, tmp_path_factory.mktemp("workflow"))
    return found


@pytest.fixture(scope="module")
def comparison(grants: dict[str, list[Grant]], recording: Recording) -> Comparison:
    found = compare(grants, recording, documented())
    Console(width=200).print(as_table(found.rows))
    return found


def test_nothing_is_missing(recording: Recording) -> None:
    refused = {
        (name, call.action)
        for name, calls in recording.by_workflow.items()
        for call in calls
        if not call.allowed
    }
    assert refused == {("unstoppable", action) for action in UNSTOPPABLE.values()}


def test_only_roles_of_the_stack_ask(recording: Recording, grants: dict[str, list[Grant]]) -> None:
    assert {call.role for call in recording.calls} <= grants.keys()


def test_nothing_is_extra(comparison: Comparison) -> None:
    assert comparison.problems == []


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("EvaluateRole", "sagemaker:InvokeEndpoint"),
        ("PreprocessRole", "kms:GenerateDataKey"),
        ("TrainingRole", "s3:ListBucket"),
        ("WorkflowRole", "sagemaker:CreateTrainingJob"),
    ],
)
def test_a_run_fails_without(session: Session, role: str, action: str) -> None:
    """By re-evaluation every grant is missed; a few are taken away for real."""
    upload = Upload(datasets.BREAST_CANCER, role.lower(), FEW_TREES)
    with without_action(session, action, role):
        result = run_file(session.cloud, session.outputs, upload)
    assert result["status"] == "FAILED"
    assert result["left_running"] == []
