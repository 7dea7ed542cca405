"""Every failure ends FAILED with a readable cause, a notice, and nothing left running."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.run import exit_status
from localcloud.session import Session
from tests.end_to_end import burst, datasets
from tests.end_to_end.notices import Notices
from tests.end_to_end.sabotage import source_bundle, without_action

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
    assert expected in [found["code"] for found in result["findings"]]
    assert result["rows"].keys() == {"read", "used", "left_out"}
    execution = result["execution_arn"].rsplit(":", 1)[-1]
    assert result["message"] in notices.wait_for(execution)["Message"]
    assert result["message"].split(".")[0] in Path(result["report"]).read_text()
    assert _training_jobs(session) == jobs_before
    key = f"incoming/{name}/{name}.csv"
    session.cloud.client("s3").head_object(Bucket=session.outputs["BucketName"], Key=key)


def test_what_is_overwritten_or_deleted_before_its_run_is_not_read(
    session: Session, notices: Notices
) -> None:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    keys = [f"incoming/superseded/{name}.csv" for name in ("twice", "gone")]
    first, second, gone = burst.upload_in_turn(
        session, [(keys[0], burst.REFUSED), (keys[0], burst.REFUSED), (keys[1], burst.REFUSED)]
    )
    s3.delete_object(Bucket=bucket, Key=keys[1])
    ended = {one.name: one for one in burst.wait_for_ends(session, [first, second, gone], 120)}
    errors = [ended[name].error for name in (first, second, gone)]
    assert errors == ["UploadReplaced", "TooFewRows", "UploadNotFound"]
    told = notices.wait_for_all([first, second, gone])
    assert "A newer version of the file" in told[first]
    assert "was deleted before" in told[gone]


def test_a_denied_permission_fails_with_access_denied_and_tears_down(
    session: Session, run: Any
) -> None:
    with without_action(session, "sagemaker:CreateEndpoint"):
        result = run(datasets.BREAST_CANCER, "denied")
    assert (result["status"], result["error"]) == ("FAILED", "AccessDenied")
    assert "sagemaker:CreateEndpoint" in result["message"]
    assert result["left_running"] == []


def test_a_training_script_that_raises(session: Session, run: Any) -> None:
    with source_bundle(session, "train.py", "raise RuntimeError('no such algorithm')\n"):
        result = run(datasets.BREAST_CANCER, "raises")
    assert (result["status"], result["error"]) == ("FAILED", "TrainingFailed")
    assert result["left_running"] == []
    described = session.cloud.client("stepfunctions").describe_execution(
        executionArn=result["execution_arn"]
    )
    assert described["cause"].startswith(result["message"])  # the notice's whole text
    assert "Traceback" not in described["cause"]
    assert ".py" not in described["cause"]


def test_an_endpoint_that_never_gets_healthy(session: Session, run: Any) -> None:
    broken = "def model_fn(model_dir):\n    raise RuntimeError('cannot load')\n"
    with source_bundle(session, "training/serve/inference.py", broken):
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
