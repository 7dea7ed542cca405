"""All that the product does, as runs through one local cloud: a name and what is done."""

import json
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lambdas.shared.names import group_name, kept_name
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.run import Upload, run_file, start
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import subscribe
from tests.end_to_end.sabotage import source_bundle
from tests.faults.kinds import FAULTS, Task

QUICK = {"n_estimators": "10"}
WEAK = {"n_estimators": "1", "max_depth": "1"}
TUNED = QUICK | {"tune": "2"}
_LIMIT_SECONDS = 120
# Jobs that go on though the state machine has given them up: teardown stops them.
_LATE = {
    "late-training": Task("Train", "arn:aws:states:::sagemaker:createTrainingJob.sync"),
    "late-tuning": Task("Tune", "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"),
    "late-processing": Task(
        "PreprocessLarge", "arn:aws:states:::sagemaker:createProcessingJob.sync"
    ),
}


def faults() -> dict[str, list[dict[str, Any]]]:
    """Return the plan of what goes wrong on purpose in these workflows."""
    plan: dict[str, list[dict[str, Any]]] = {"tasks": [], "resources": []}
    for dataset, task in _LATE.items():
        for part, entries in FAULTS["state time-out"].plan(task, f"{dataset}-*").items():
            plan[part] += entries
    return plan


def _run(session: Session, dataset: str, status: str = "SUCCEEDED", **settings: str) -> Any:
    upload = Upload(datasets.BREAST_CANCER, dataset, settings)
    result = run_file(session.cloud, session.outputs, upload)
    assert result["status"] == status, result["message"]
    assert result["left_running"] == []
    return result


def _plain(session: Session, folder: Path) -> None:
    _run(session, "plain", **QUICK)


def _refused(session: Session, folder: Path) -> None:
    path = folder / "bad.csv"
    path.write_text("a,b,target\n")
    result = run_file(session.cloud, session.outputs, Upload(path, "refused"))
    assert result["status"] == "FAILED"


def _settings_file(session: Session, folder: Path) -> None:
    session.cloud.client("s3").put_object(
        Bucket=session.outputs["BucketName"],
        Key="settings/by-file.yaml",
        Body=b"algorithm: linear\n",
    )
    _run(session, "by-file")


def _xgboost(session: Session, folder: Path) -> None:
    _run(session, "boosted", algorithm="xgboost", n_estimators="10")


def _tuned(session: Session, folder: Path) -> None:
    _run(session, "tuned", **TUNED)


def _spot(session: Session, folder: Path) -> None:
    _run(session, "spot", spot="yes", **QUICK)


def _captured(session: Session, folder: Path) -> None:
    _run(session, "captured", capture_percent="100", **QUICK)


@contextmanager
def _everything_is_large(session: Session) -> Iterator[None]:
    client = session.cloud.client("lambda")
    (name,) = (
        found["FunctionName"]
        for page in client.get_paginator("list_functions").paginate()
        for found in page["Functions"]
        if found["Handler"] == "lambdas.preprocess.handler.handler"
    )
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    low = variables | {"UPLOAD_LIMIT_BYTES": "1"}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": low})
    try:
        yield
    finally:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


def _large(session: Session, folder: Path) -> None:
    with _everything_is_large(session):
        _run(session, "large", **QUICK)


def _late(session: Session, folder: Path) -> None:
    for dataset, settings in {"late-training": QUICK, "late-tuning": TUNED}.items():
        _run(session, dataset, status="FAILED", **settings)
    with _everything_is_large(session):
        _run(session, "late-processing", status="FAILED", **QUICK)


def _champion(session: Session, folder: Path) -> None:
    """Keep a weak model, put a good one in its place, keep it against a weak one."""
    _run(session, "ward", keep="true", **WEAK)
    _run(session, "ward", keep="true")
    _run(session, "ward", **WEAK)


def _canary(session: Session, folder: Path) -> None:
    """Ask for version 1 with the answers of version 2 as what to expect: it is rolled back."""
    bucket = session.outputs["BucketName"]
    group = group_name(bucket, "ward")
    listed = session.cloud.client("sagemaker").list_model_packages(
        ModelPackageGroupName=group, SortOrder="Ascending"
    )["ModelPackageSummaryList"]
    s3 = session.cloud.client("s3")
    body = s3.get_object(Bucket=bucket, Key="reports/ward/champion.json")["Body"]
    arn = json.load(body)["execution_arn"]
    name = arn.rsplit(":", 1)[-1]
    report_uri = f"s3://{bucket}/reports/ward/{name}"
    event: dict[str, Any] = {
        "execution_arn": arn,
        "prepared": {
            "dataset": "ward",
            "group": group,
            "target": "diagnosis",
            "uris": {"test": f"s3://{bucket}/datasets/ward/{name}/test/"},
            "report_uri": report_uri,
            "endpoint": {"memory_mb": 2048, "max_concurrency": 5},
        },
        "tags": [{"Key": "project", "Value": "molino"}],
        "champion": {"package_arn": listed[0]["ModelPackageArn"], "version": 1},
        "is_new": True,
        "evaluation": {"predictions_uri": f"{report_uri}/predictions.csv"},
    }
    deadline = time.monotonic() + _LIMIT_SECONDS
    while event.get("progress", {}).get("phase") != "failed":
        assert time.monotonic() < deadline
        event["progress"] = invoke(session, "keep", **event)
        time.sleep(0.5)
    serving = session.cloud.client("sagemaker").describe_endpoint(EndpointName=kept_name(group))
    assert serving["EndpointStatus"] == "InService"


def _asked(session: Session, folder: Path) -> None:
    notices = subscribe(session, "person")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_run, session, "asked", gate_approval="manual", **QUICK)
        group = group_name(session.outputs["BucketName"], "asked")
        notice = notices.wait_for(group, limit=_LIMIT_SECONDS)
        command = shlex.split(notice["Message"].splitlines()[-1])
        given = dict(zip(command[3::2], command[4::2], strict=True))
        session.cloud.client("stepfunctions").send_task_success(
            taskToken=given["--task-token"], output='{"approved": true}'
        )
        running.result()


def _redriven(session: Session, folder: Path) -> None:
    with source_bundle(session, "train.py", "raise RuntimeError('broken')\n"):
        result = _run(session, "redriven", status="FAILED", **QUICK)
    arn = result["execution_arn"]
    session.cloud.client("stepfunctions").redrive_execution(executionArn=arn)
    assert follow(session.cloud, arn, lambda _: None).status == "SUCCEEDED"


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _aborted(session: Session, folder: Path) -> None:
    sagemaker = session.cloud.client("sagemaker")
    stages: dict[str, tuple[dict[str, str], Callable[[], Any]]] = {
        "aborted-training": (
            QUICK,
            lambda: sagemaker.list_training_jobs(StatusEquals="InProgress"),
        ),
        "aborted-tuning": (
            TUNED,
            lambda: sagemaker.list_hyper_parameter_tuning_jobs(StatusEquals="InProgress"),
        ),
        "aborted-endpoint": (QUICK, sagemaker.list_endpoints),
    }
    for dataset, (settings, list_running) in stages.items():
        _abort(session, Upload(datasets.BREAST_CANCER, dataset, settings), list_running)
    with _everything_is_large(session):
        _abort(
            session,
            Upload(datasets.BREAST_CANCER, "aborted-processing", QUICK),
            lambda: sagemaker.list_processing_jobs(StatusEquals="InProgress"),
        )


def _abort(session: Session, upload: Upload, list_running: Callable[[], Any]) -> None:
    """Stop an execution as soon as something of it runs; the janitor ends the rest."""

    def runs() -> bool:
        return f"molino-{upload.dataset}-" in json.dumps(list_running(), default=str)

    arn = start(session.cloud, session.outputs, upload)
    _until(runs)
    session.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    _until(
        lambda: (
            not left_running(session.cloud) or not invoke(session, "janitor", older_than_minutes=0)
        )
    )


WORKFLOWS: dict[str, Callable[[Session, Path], None]] = {
    "succeeded": _plain,
    "refused": _refused,
    "settings file": _settings_file,
    "xgboost": _xgboost,
    "tuned": _tuned,
    "spot": _spot,
    "captured": _captured,
    "large": _large,
    "time-out": _late,
    "champion": _champion,
    "canary": _canary,
    "approval": _asked,
    "redrive": _redriven,
    "abort": _aborted,
}
