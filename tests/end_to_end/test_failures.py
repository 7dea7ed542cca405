"""Every failure ends FAILED with a readable cause, a notice, and nothing left running."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud.run import exit_status
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.conftest import Notices

ROWS = "".join(f"{i % 7},{i % 3},{'yes' if i % 2 else 'no'}\n" for i in range(60))
BAD_INPUT = {
    "empty-file": ("", {}, "EmptyFile"),
    "header-only": ("a,b,target\n", {}, "HeaderOnly"),
    "single-class": ("a,b,target\n" + ROWS.replace("yes", "no"), {}, "SingleClass"),
    "no-such-target": ("a,b,target\n" + ROWS, {"target": "outcme"}, "TargetNotFound"),
    "empty-target": ("a,b,target\n" + "1,2,\n" * 60, {}, "NoUsableTarget"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_told_before_money_is_spent(
    name: str, session: Session, notices: Notices, run: Any, tmp_path: Path
) -> None:
    content, settings, expected = BAD_INPUT[name]
    path = tmp_path / f"{name}.csv"
    path.write_text(content)
    jobs_before = _training_jobs(session)

    result = run(path, name, **settings)

    assert (result["status"], result["error"]) == ("FAILED", expected)
    assert exit_status(result) == 3
    execution = result["execution_arn"].rsplit(":", 1)[-1]
    assert result["message"] in notices.wait_for(execution)["Message"]
    assert result["message"].split(".")[0] in Path(result["report"]).read_text()
    assert _training_jobs(session) == jobs_before
    key = f"incoming/{name}/{name}.csv"
    session.cloud.client("s3").head_object(Bucket=session.outputs["BucketName"], Key=key)


def test_a_denied_permission_fails_with_access_denied_and_tears_down(
    session: Session, run: Any
) -> None:
    with _without_action(session, "sagemaker:CreateEndpoint"):
        result = run(datasets.BREAST_CANCER, "denied")
    assert (result["status"], result["error"]) == ("FAILED", "AccessDenied")
    assert "sagemaker:CreateEndpoint" in result["message"]
    assert result["left_running"] == []


def test_a_training_script_that_raises(session: Session, run: Any) -> None:
    with _source_bundle(session, "train.py", "raise RuntimeError('no such algorithm')\n"):
        result = run(datasets.BREAST_CANCER, "raises")
    assert (result["status"], result["error"]) == ("FAILED", "TrainingFailed")
    assert result["left_running"] == []


def test_an_endpoint_that_never_gets_healthy(session: Session, run: Any) -> None:
    broken = "def model_fn(model_dir):\n    raise RuntimeError('cannot load')\n"
    with _source_bundle(session, "training/inference.py", broken):
        result = run(datasets.BREAST_CANCER, "unhealthy")
    assert (result["status"], result["error"]) == ("FAILED", "EndpointFailed")
    assert "health check" in result["message"]
    assert result["left_running"] == []


def test_failed_runs_are_failed_executions(session: Session) -> None:
    states = session.cloud.client("stepfunctions")
    failed = states.list_executions(
        stateMachineArn=session.outputs["StateMachineArn"], statusFilter="FAILED"
    )["executions"]
    assert len(failed) >= len(BAD_INPUT)


def _training_jobs(session: Session) -> int:
    pages = session.cloud.client("sagemaker").get_paginator("list_training_jobs").paginate()
    return sum(len(page["TrainingJobSummaries"]) for page in pages)


@contextmanager
def _without_action(session: Session, action: str) -> Iterator[None]:
    """Take one action away from the state machine's role, and give it back."""
    iam, states = session.cloud.client("iam"), session.cloud.client("stepfunctions")
    machine = states.describe_state_machine(stateMachineArn=session.outputs["StateMachineArn"])
    role = machine["roleArn"].rsplit("/", 1)[-1]
    policies = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in policies
    }
    removed = 0
    for name, document in kept.items():
        reduced = json.loads(json.dumps(document))
        for statement in reduced["Statement"]:
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            removed += action in actions
            statement["Action"] = [found for found in actions if found != action] or ["none:None"]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
    assert removed, f"{action} was not granted by an inline policy of {role}"
    try:
        yield
    finally:
        for name, document in kept.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


@contextmanager
def _source_bundle(session: Session, member: str, text: str) -> Iterator[None]:
    """Replace one file in the deployed training bundle, and put the true one back."""
    s3 = session.cloud.client("s3")
    bucket, key = _bundle_location(session)
    original = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    changed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(original)) as source,
        tarfile.open(fileobj=changed, mode="w:gz") as target,
    ):
        for entry in source.getmembers():
            if entry.name == member:
                entry.size = len(text.encode())
                target.addfile(entry, io.BytesIO(text.encode()))
            else:
                target.addfile(entry, source.extractfile(entry) if entry.isfile() else None)
    s3.put_object(Bucket=bucket, Key=key, Body=changed.getvalue())
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=original)


def _bundle_location(session: Session) -> tuple[str, str]:
    """Find the bundle among the assets: the one gzip whose archive holds train.py."""
    s3 = session.cloud.client("s3")
    buckets = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    bucket = next(name for name in buckets if name.startswith("cdk-"))
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        if item["Key"].endswith((".gz", ".tgz")):
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            with tarfile.open(fileobj=io.BytesIO(gzip.decompress(body))) as tar:
                if "train.py" in tar.getnames():
                    return bucket, item["Key"]
    raise AssertionError("no training bundle among the assets")
