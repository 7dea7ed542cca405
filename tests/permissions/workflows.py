"""All that the product does, as runs through one local cloud: a name and what is done."""

import json
import re
import shlex
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from lambdas.shared.documents.document import HEALTH_FOLDER, ROWS_DRIFT
from lambdas.shared.names.legal import group_name
from lambdas.shared.names.paths import split_uri
from localcloud.compared import compare_file
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file, start
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.captured import ask, compare_yesterday
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import subscribe
from tests.end_to_end.sabotage import source_bundle, without_action
from tests.end_to_end.serve import first_version_for, serve
from tests.end_to_end.test_access import as_role
from tests.forests import FEW_TREES, FOREST, WEAK
from tests.permissions.calls import LOG

# What is refused to a role on purpose, in the workflow of that name.
UNSTOPPABLE = {
    "WorkflowRole": "sagemaker:StopProcessingJob",
    "PredictWorkflowRole": "sagemaker:StopTransformJob",
}
TUNED = FEW_TREES | {"tune": "2"}
_LIMIT_SECONDS = 120
# Jobs that go on though the state machine has given them up: teardown stops them.
_LATE = {
    "late-train": "Describe training job",
    "late-tune": "Describe tuning job",
    "late-prepare": "Run processing job",
    "late-predict": "Run transform job",
}


# Jobs that would else end before anything can stop them; names of tuning jobs are short.
_STUCK = {
    "training-job": ("late-train", "ab-train"),
    "hyper-parameter-tuning-job": ("late-t", "ab-tun"),
    "processing-job": ("late-prepare", "ab-large", "ab-rows", "un-large"),
    "transform-job": ("late-predict", "ab-predict", "un-predict"),
}


def faults() -> dict[str, list[dict[str, Any]]]:
    """Return the plan of what goes wrong on purpose in these workflows."""
    late = [
        {"state": state, "kind": "lost", "execution": f"{dataset}-*", "seconds": 0.5}
        for dataset, state in _LATE.items()
    ]
    for state in ("Read rows", "Read what happened"):
        unread = {"state": state, "kind": "error", "execution": "unread-*"}
        late.append(unread | {"error": "Lambda.Unknown", "cause": ""})
    stuck = [
        {"resource": kind, "name": f"molino-{slug}*", "outcome": "stuck"}
        for kind, slugs in _STUCK.items()
        for slug in slugs
    ]
    broken = {"resource": "endpoint", "name": "molino-kept--*unlucky*", "outcome": "Failed"}
    return {"tasks": late, "resources": [*stuck, broken]}


def _run(session: Session, dataset: str, status: str = "SUCCEEDED", **settings: str) -> Any:
    upload = Upload(datasets.BREAST_CANCER, dataset, settings)
    result = run_file(session.cloud, session.outputs, upload)
    assert result["status"] == status, result["message"]
    assert result["left_running"] == []
    return result


def _plain(session: Session, folder: Path) -> None:
    _run(session, "plain", **FEW_TREES)


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
    upload = Upload(_rows(folder), "by-file", is_predicted=True)
    assert predict_file(session.cloud, session.outputs, upload)["status"] == "SUCCEEDED"


def _xgboost(session: Session, folder: Path) -> None:
    _run(session, "boosted", algorithm="xgboost", n_estimators="10")


def _tuned(session: Session, folder: Path) -> None:
    _run(session, "tuned", **TUNED)


def _spot(session: Session, folder: Path) -> None:
    _run(session, "spot", spot="yes", **FEW_TREES)


def _captured(session: Session, folder: Path) -> None:
    _run(session, "captured", capture_percent="100", **FEW_TREES)


def _run_large(session: Session, folder: Path, dataset: str, status: str = "SUCCEEDED") -> None:
    result = run_file(session.cloud, session.outputs, _large_upload(folder, dataset))
    assert result["status"] == status, result["message"]
    assert result["left_running"] == []


def _large_upload(folder: Path, dataset: str) -> Upload:
    """Write a table of more than the MB that is large in this cloud."""
    header, *rows = datasets.BREAST_CANCER.read_text().splitlines()
    path = folder / f"{dataset}.csv"
    note = "x" * 3000
    path.write_text("\n".join([f"note,{header}", *(f"{note},{row}" for row in rows)]) + "\n")
    return Upload(path, dataset, FEW_TREES | {"target": "diagnosis"})


def _large(session: Session, folder: Path) -> None:
    _run_large(session, folder, "large")


def _folder(session: Session, folder: Path) -> None:
    """Part files and a marker are one upload."""
    header, *rows = datasets.BREAST_CANCER.read_text().splitlines()
    parts = folder / "folder"
    parts.mkdir()
    for n, some in enumerate((rows[:200], rows[200:])):
        (parts / f"part-{n:05d}.csv").write_text("\n".join([header, *some, ""]))
    result = run_file(session.cloud, session.outputs, Upload(parts, "folder", FEW_TREES))
    assert result["rows"]["read"] == len(rows), result["message"]


def _late(session: Session, folder: Path) -> None:
    for dataset, settings in {"late-train": FEW_TREES, "late-tune": TUNED}.items():
        _run(session, dataset, status="FAILED", **settings)
    _run_large(session, folder, "late-prepare", status="FAILED")


def _champion(session: Session, folder: Path) -> None:
    """Serve a weak model, put a good one in its place, defend it against a weak one."""
    for forest in (WEAK, FOREST, WEAK):
        _run(session, "ward", serve="true", **forest)
    upload = Upload(_rows(folder), "ward", is_predicted=True)
    result = predict_file(session.cloud, session.outputs, upload)
    assert result["predicted_by"]["kind"] == "endpoint", result["message"]


def _machines(session: Session, folder: Path) -> None:
    """Serve on instances: scaled, then replaced by a fixed number, then no more."""
    _run(session, "machines", serve="kind=instance, minimum=1, maximum=3", **WEAK)
    _run(session, "machines", serve="kind=instance, minimum=2, maximum=2", **FOREST)
    _run(session, "machines", serve="no", **WEAK)


def _forgotten(session: Session, folder: Path) -> None:
    """What the champion was trained on is deleted: the next model can't be compared with it."""
    _run(session, "forgotten", **FEW_TREES)
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    for item in s3.list_objects_v2(Bucket=bucket, Prefix="datasets/forgotten/")["Contents"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    _run(session, "forgotten", **FEW_TREES)


def _reasoned(session: Session, folder: Path) -> None:
    """A reason to train is asked for: the first model, then what rows to predict have shown."""
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    file = b"retrain_when: [drifted, worse, new_rows>=500]\n"
    s3.put_object(Bucket=bucket, Key="settings/reasoned.yaml", Body=file)
    _run(session, "reasoned", **FEW_TREES)
    assert _run(session, "reasoned", **FEW_TREES)["trained"] is False
    # As rows to predict leave it.
    drift = json.dumps({"champion": 1, "columns": [{"name": "x", "level": "large"}]})
    key = f"predictions/reasoned/run/{ROWS_DRIFT.name}"
    s3.put_object(Bucket=bucket, Key=key, Body=drift.encode())
    assert _run(session, "reasoned", **FEW_TREES)["trained"] is True


def _unlucky(session: Session, folder: Path) -> None:
    """The first serving endpoint does not come up: it is deleted, and nothing serves."""
    upload = Upload(datasets.BREAST_CANCER, "unlucky", FEW_TREES | {"serve": "true"})
    result = run_file(session.cloud, session.outputs, upload)
    assert result["left_running"] == []


def _canary(session: Session, folder: Path) -> None:
    """Ask for version 1 with the answers of version 2 as what to expect: it is rolled back."""
    client, group = (
        session.cloud.client("sagemaker"),
        group_name(session.outputs["BucketName"], "ward"),
    )
    found = client.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    second = found["ModelPackageSummaryList"][0]["ModelPackageArn"]
    trained = client.describe_model_package(ModelPackageName=second)["CustomerMetadataProperties"]
    event = first_version_for(session, "ward", trained["execution_arn"])
    phases = {answer["phase"] for answer in serve(session, event)}
    assert phases == {"starting", "rolling_back", "failed"}


def _asked(session: Session, folder: Path) -> None:
    notices = subscribe(session, "person")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_run, session, "asked", gate_approval="manual", **FEW_TREES)
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
        result = _run(session, "redriven", status="FAILED", **FEW_TREES)
    arn = result["execution_arn"]
    session.cloud.client("stepfunctions").redrive_execution(executionArn=arn)
    assert follow(session.cloud, arn).status == "SUCCEEDED"


def _rows(folder: Path) -> Path:
    """Write the rows of the training file without what is to be predicted."""
    header, *rows = datasets.BREAST_CANCER.read_text().splitlines()
    at = header.split(",").index("diagnosis")
    path = folder / "rows.csv"
    kept = ((cells[:at] + cells[at + 1 :]) for cells in (r.split(",") for r in (header, *rows)))
    path.write_text("".join(f"{','.join(cells)}\n" for cells in kept))
    return path


def _predicted(session: Session, folder: Path) -> None:
    """Of the plain run's champion, with targets, of none, and rows that no function has read."""
    upload = Upload(_rows(folder), "plain", is_predicted=True)
    result = predict_file(session.cloud, session.outputs, upload)
    assert (result["status"], result["left_running"]) == ("SUCCEEDED", []), result["message"]
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    known = replace(upload, path=datasets.BREAST_CANCER)
    measured = predict_file(session.cloud, session.outputs, known)
    figures = {
        "Bucket": bucket,
        "Key": split_uri(measured["model"]["report_uri"])[1].replace("report.html", "metrics.json"),
    }
    content = s3.get_object(**figures)["Body"].read()
    s3.delete_object(**figures)  # without its own figures a model's predictions are measured, too
    alone = predict_file(session.cloud, session.outputs, known)
    s3.put_object(**figures, Body=content)
    assert [each["status"] for each in (measured, alone)] == ["SUCCEEDED"] * 2
    none = replace(upload, dataset="no-champion")
    assert predict_file(session.cloud, session.outputs, none)["error"] == "NoChampion"
    unread = replace(upload, dataset="unread")
    assert predict_file(session.cloud, session.outputs, unread)["error"] == "UnexpectedError"


def _compared(session: Session, folder: Path) -> None:
    """To rows of the plain run's champion, with settings and without, and of no file read."""
    header, *rows = datasets.BREAST_CANCER.read_text().splitlines()
    at = header.split(",").index("diagnosis")
    cells = [(f"P{n}", *row.split(",")) for n, row in enumerate(rows)]
    new = ["patient,", *(f"{row[0]}," for row in cells)]
    own = [line.split(",") for line in _rows(folder).read_text().splitlines()]
    path, happened = folder / "patients.csv", folder / "happened.csv"
    path.write_text("".join(f"{a}{','.join(b)}\n" for a, b in zip(new, own, strict=True)))
    happened.write_text("patient,diagnosis\n" + "".join(f"{c[0]},{c[at + 1]}\n" for c in cells))
    predicted = predict_file(
        session.cloud, session.outputs, Upload(path, "plain", is_predicted=True)
    )
    assert predicted["status"] == "SUCCEEDED", predicted["message"]
    upload = Upload(happened, "plain", is_compared=True)
    result = compare_file(session.cloud, session.outputs, upload)
    assert (result["status"], result["pairs"]) == ("SUCCEEDED", len(cells)), result["message"]
    with_settings = replace(upload, dataset="with-settings")  # and without predictions
    file = {"Bucket": session.outputs["BucketName"], "Key": "settings/with-settings.yaml"}
    session.cloud.client("s3").put_object(**file, Body=b"key: patient\n")
    refused = compare_file(session.cloud, session.outputs, with_settings)
    assert refused["error"] == "NothingPredicted"
    unread = compare_file(session.cloud, session.outputs, replace(upload, dataset="unread"))
    assert unread["error"] == "UnexpectedError"


def _large_rows(session: Session, folder: Path) -> None:
    """Read and joined by processing jobs; one that never ends is stopped with its execution."""
    for dataset in ("rows", "ab-rows"):
        _run(session, dataset, **FEW_TREES)
    large = replace(_large_upload(folder, "rows"), settings={}, is_predicted=True)
    result = predict_file(session.cloud, session.outputs, large)
    assert (result["status"], result["left_running"]) == ("SUCCEEDED", []), result["message"]
    stopped = replace(large, dataset="ab-rows")
    _abort(session, stopped, session.cloud.client("sagemaker").list_processing_jobs)
    _until_asked_to_stop(session, "ab-rows", "PredictWorkflowRole")


def _predicting_stopped(session: Session, folder: Path) -> None:
    """A transform job that never ends is stopped with its execution, or given up by its limit."""
    rows = _rows(folder)
    _run(session, "ab-predict", **FEW_TREES)
    _run(session, "late-predict", **FEW_TREES)
    upload = Upload(rows, "ab-predict", is_predicted=True)
    _abort(session, upload, session.cloud.client("sagemaker").list_transform_jobs)
    _until_asked_to_stop(session, "ab-predict", "PredictWorkflowRole")
    late = Upload(rows, "late-predict", is_predicted=True)
    result = predict_file(session.cloud, session.outputs, late)
    assert (result["error"], result["left_running"]) == ("TimedOut", [])


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _aborted(session: Session, folder: Path) -> None:
    sagemaker = session.cloud.client("sagemaker")
    for settings, name, list_all in (
        (FEW_TREES, "ab-train", sagemaker.list_training_jobs),
        (TUNED, "ab-tune", sagemaker.list_hyper_parameter_tuning_jobs),
    ):
        _abort(session, Upload(datasets.BREAST_CANCER, name, settings), list_all)
    _abort(session, Upload(datasets.BREAST_CANCER, "ab-end", FEW_TREES), sagemaker.list_endpoints)
    _abort(session, _large_upload(folder, "ab-large"), sagemaker.list_processing_jobs)
    _until_asked_to_stop(session, "ab-large")


def _unstoppable(session: Session, folder: Path) -> None:
    """Step Functions itself may not stop what it waits for: the janitor does."""
    sagemaker = session.cloud.client("sagemaker")
    _run(session, "un-predict", **FEW_TREES)
    predicted = Upload(_rows(folder), "un-predict", is_predicted=True)
    for role, upload, list_all in (
        ("WorkflowRole", _large_upload(folder, "un-large"), sagemaker.list_processing_jobs),
        ("PredictWorkflowRole", predicted, sagemaker.list_transform_jobs),
    ):
        with without_action(session, UNSTOPPABLE[role], role):
            _abort(session, upload, list_all)
            _until_asked_to_stop(session, upload.dataset, role)


def _abort(session: Session, upload: Upload, list_all: Callable[..., Any]) -> None:
    """Stop an execution as soon as something of it runs; the janitor ends the rest."""
    arn = start(session.cloud, session.outputs, upload)
    prefix = f"molino-{upload.dataset[:6]}"  # names of tuning jobs are shorter than others
    _until(lambda: prefix in json.dumps(list_all(NameContains=prefix), default=str))
    session.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    _until(
        lambda: (
            not left_running(session.cloud) or not invoke(session, "janitor", older_than_minutes=0)
        )
    )


def _until_asked_to_stop(session: Session, dataset: str, role: str = "WorkflowRole") -> None:
    """Wait for Step Functions, which the janitor may forestall, to ask for its right to stop."""
    asked = re.compile(rf"-{role}.*sagemaker:Stop.*-job/molino-{dataset[:6]}")
    log = session.cloud.folder.parent / LOG
    _until(lambda: asked.search(log.read_text()))


def _leftover(session: Session, folder: Path) -> None:
    """A configuration whose execution is long gone: the regular look deletes it."""
    sagemaker = session.cloud.client("sagemaker")
    iam = session.cloud.client("iam")
    role = next(
        found["Arn"] for found in iam.list_roles()["Roles"] if "TrainingRole" in found["RoleName"]
    )
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    tags = {"molino:stack": "Molino", "molino:execution": "long-gone"}
    sagemaker.create_model(
        ModelName="molino-leftover",
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": image},
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    swept = invoke(session, "janitor", older_than_minutes=0)
    assert swept["deleted"] == ["model molino-leftover"]


def _scheduled(session: Session, folder: Path) -> None:
    """A settings file's schedule is made, trains, is changed, and goes with the file."""
    _run(session, "regular", **FEW_TREES)
    s3, scheduler = session.cloud.client("s3"), session.cloud.client("scheduler")
    states = session.cloud.client("stepfunctions")
    file = {"Bucket": session.outputs["BucketName"], "Key": "settings/regular.yaml"}

    def schedules() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = scheduler.list_schedules()["Schedules"]
        return [{"Name": item["Name"], "GroupName": item["GroupName"]} for item in listed]

    def expression() -> Any:
        return scheduler.get_schedule(**schedules()[0])["ScheduleExpression"]

    def executions() -> list[dict[str, Any]]:
        listed = states.list_executions(stateMachineArn=session.outputs["StateMachineArn"])
        found = listed["executions"]
        return [item for item in found if item["name"].startswith("regular-")]

    # A rate's first time is at once.
    notices = subscribe(session, "regularly")
    # As rows to predict leave it.
    drift = json.dumps({"champion": 1, "columns": [{"name": "x", "level": "large"}]})
    s3.put_object(
        Bucket=file["Bucket"], Key=f"predictions/regular/run/{ROWS_DRIFT.name}", Body=drift.encode()
    )
    s3.put_object(**file, Body=b"schedule: rate(7 days)\nretrain_when: drifted\n")
    notices.wait_for("No model was trained", _LIMIT_SECONDS)
    s3.delete_object(**file)
    _until(lambda: schedules() == [])
    s3.put_object(
        **file, Body=b"schedule: rate(7 days)\nretrain_unchanged: true\nalgorithm: linear\n"
    )
    _until(lambda: len(executions()) == 2)
    _until(lambda: all(item["status"] != "RUNNING" for item in executions()))
    s3.put_object(**file, Body=b"schedule: cron(0 6 1 1 ? *)\ntrain_on_upload: false\n")
    _until(lambda: expression() == "cron(0 6 1 1 ? *)")
    upload = {"Bucket": file["Bucket"], "Key": "incoming/regular/next.csv"}
    s3.put_object(**upload, Body=datasets.BREAST_CANCER.read_bytes())
    notices.wait_for(upload["Key"], _LIMIT_SECONDS)
    s3.delete_object(**file)
    _until(lambda: schedules() == [])
    s3.put_object(**file, Body=b"shedule: rate(7 days)\n")
    notices.wait_for("shedule", _LIMIT_SECONDS)


def _watched(session: Session, folder: Path) -> None:
    """A history from its beginning, without it, and what is news and known only later."""
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    _run(session, "watched", **FEW_TREES)
    month = f"reports/watched/{HEALTH_FOLDER}/"

    def history() -> list[dict[str, Any]]:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=month).get("Contents", [])
        stored = [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"] for item in listed]
        return [entry for body in stored for entry in json.load(body)["entries"]]

    _until(lambda: len(history()) == 1)
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=month)["Contents"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    notices = subscribe(session, "watching")
    moved = folder / "moved.csv"
    header, *rows = datasets.BREAST_CANCER.read_text().splitlines()
    moved.write_text("\n".join([header, *(f"9{row}" for row in rows)]) + "\n")
    upload = Upload(moved, "watched", is_predicted=True)
    assert predict_file(session.cloud, session.outputs, upload)["status"] == "SUCCEEDED"
    notices.wait_for("health.html", _LIMIT_SECONDS)
    _until(lambda: len(history()) == 1)
    _run(session, "watched", **FEW_TREES)  # its champion is from before the history
    quality = {"task": "binary", "metric": "roc_auc", "periods": []}
    key = "reports/watched/later/quality.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(quality).encode())
    detail = {
        "dataset": "watched",
        "execution_arn": "arn:later",
        "quality_uri": f"s3://{bucket}/{key}",
    }
    event = {"detail-type": "Molino Actuals Compared", "time": "2026-01-01T00:00:00Z"}
    assert invoke(session, "health", **event, detail=detail)["added"] is True


def _requests(session: Session, folder: Path) -> None:
    """Users ask an endpoint that captures, and what they ask is compared."""
    compare_yesterday(ask(session, "requests"))


def _people(session: Session, folder: Path) -> None:
    """An uploader uploads, whole and in parts; a reader lists and reads reports."""
    bucket = session.outputs["BucketName"]
    uploader, reader = as_role(session, "Uploader"), as_role(session, "Reader")
    for key in (
        "incoming/people/rows.txt",
        "predict/people/",
        "actuals/people/",
        "settings/people.txt",
    ):
        uploader.put_object(Bucket=bucket, Key=key, Body=b"x")
        upload = {"Bucket": bucket, "Key": key}
        upload |= {"UploadId": uploader.create_multipart_upload(**upload)["UploadId"]}
        uploader.upload_part(**upload, PartNumber=1, Body=b"x")
        uploader.list_parts(**upload)
        uploader.abort_multipart_upload(**upload)
    listed = reader.list_objects_v2(Bucket=bucket, Prefix="reports/")["Contents"]
    reader.get_object(Bucket=bucket, Key=listed[0]["Key"])
    reader.list_objects_v2(Bucket=bucket, Prefix="predictions/")
    for name in ("report.html", "result.json", "metrics.json"):
        key = f"predictions/people/run/{name}"
        session.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
        reader.get_object(Bucket=bucket, Key=key)


WORKFLOWS: dict[str, Callable[[Session, Path], None]] = {
    "succeeded": _plain,
    "refused": _refused,
    "settings file": _settings_file,
    "watched": _watched,
    "xgboost": _xgboost,
    "tuned": _tuned,
    "spot": _spot,
    "captured": _captured,
    "large": _large,
    "folder": _folder,
    "time-out": _late,
    "champion": _champion,
    "machines": _machines,
    "forgotten": _forgotten,
    "reasoned": _reasoned,
    "unlucky": _unlucky,
    "canary": _canary,
    "approval": _asked,
    "redrive": _redriven,
    "predictions": _predicted,
    "comparisons": _compared,
    "large predictions": _large_rows,
    "stopped predictions": _predicting_stopped,
    "abort": _aborted,
    "unstoppable": _unstoppable,
    "leftover": _leftover,
    "schedule": _scheduled,
    "requests": _requests,
    "people": _people,
}
