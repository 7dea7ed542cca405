"""Erasing a dataset leaves no byte of its rows anywhere, and every byte of another's."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.left_running import left_running
from localcloud.run import Upload, run_file, start
from localcloud.session import Session, temporary_session
from operate import erase
from tests.end_to_end.account import signed_in
from tests.end_to_end.stored_bytes import places_with
from tests.end_to_end.upgrade import synthesize_with
from tests.forests import FEW_TREES

# Five runs in a cloud of its own. tests/docs/test_commands.py erases a dataset in each run of the
# tests: test_from_bootstrap_to_destroy.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

DATASET, OTHER = "Oncology 7", "cardiology"
# A value of the data in each: a category, which splits, encoder, charts and model know.
MARKER, OTHER_MARKER = "quagga7731", "okapi4242"
_KEPT = FEW_TREES | {"keep": "kind=instance, maximum=2"}


def _csv(path: Path, marker: str) -> Path:
    rows = (
        f"{i % 11},{i % 13},{marker if i % 3 else 'none'},{'yes' if i % 11 > 5 else 'no'}\n"
        for i in range(143)
    )
    path.parent.mkdir(exist_ok=True)
    path.write_text("dose,visit,drug,target\n" + "".join(rows))
    return path


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A cloud with two datasets that have been through everything that leaves something."""
    folder = tmp_path_factory.mktemp("erase")
    assembly = synthesize_with(folder / "cdk.out", capture_percent=100)
    with temporary_session(folder / "cloud", assembly) as session:
        for dataset, marker in ((DATASET, MARKER), (OTHER, OTHER_MARKER)):
            _fill(session, folder, dataset, marker)
        yield session


def _fill(session: Session, folder: Path, dataset: str, marker: str) -> None:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    settings = f"# {marker}\nkeep: true\nschedule: rate(300 days)\n"
    s3.put_object(Bucket=bucket, Key=f"settings/{dataset}.yaml", Body=settings)
    path = _csv(folder / marker / "data.csv", marker)
    result = run_file(session.cloud, session.outputs, Upload(path, dataset, _KEPT))
    assert result["promoted"], result["message"]
    path.write_text(f"dose,visit,drug,target\n1,2,{marker}\n")  # a second version, refused
    assert run_file(session.cloud, session.outputs, Upload(path, dataset))["status"] == "FAILED"
    s3.delete_object(Bucket=bucket, Key=f"incoming/{dataset}/{path.name}")
    unfinished = s3.create_multipart_upload(Bucket=bucket, Key=f"incoming/{dataset}/big.csv")
    s3.upload_part(
        Bucket=bucket, Key=f"incoming/{dataset}/big.csv", PartNumber=1, Body=marker.encode(),
        UploadId=unfinished["UploadId"],
    )  # fmt: skip
    _log_as_sagemaker_does(session)


def _log_as_sagemaker_does(session: Session) -> None:
    """The local SageMaker writes its logs to files; AWS's makes these groups and streams."""
    logs, sagemaker = session.cloud.client("logs"), session.cloud.client("sagemaker")
    jobs = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    made = {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}
    group = "/aws/sagemaker/TrainingJobs"
    if group not in made:
        logs.create_log_group(logGroupName=group)
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    known = {stream["logStreamName"] for stream in streams}
    for job in jobs:
        if (stream := f"{job['TrainingJobName']}/algo-1-1") not in known:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        endpoint = f"/aws/sagemaker/Endpoints/{job['TrainingJobName'].removesuffix('-0-0')}"
        if endpoint not in made:
            logs.create_log_group(logGroupName=endpoint)


@pytest.fixture
def account(cloud: Session) -> Iterator[Session]:
    with signed_in(cloud):
        yield cloud


def _erase(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    status = erase.main([DATASET, "--json", *options])
    return status, json.loads(capsys.readouterr().out or "{}")


def test_erasing_leaves_no_byte_of_a_dataset_and_all_of_another(
    account: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    before = places_with(account, MARKER)
    assert {place.split(":")[0] for place in before} >= {"s3"}  # the search does find things
    assert {place.split("/")[1] for place in before if place.startswith("s3:")} >= {
        "captures", "datasets", "incoming", "settings"
    }  # fmt: skip
    untouched = places_with(account, OTHER_MARKER), places_with(account, OTHER)

    status, shown = _erase(capsys, "--dry-run")
    assert status == 0
    assert places_with(account, MARKER) == before
    assert _erase(capsys)[0] == 2  # nobody is at the terminal to confirm
    assert places_with(account, MARKER) == before

    status, erased = _erase(capsys, "--yes")
    assert (status, erased["there"], erased["failures"]) == (0, [], {})
    assert erased["removed"] == shown["there"]
    assert {item["kind"] for item in erased["removed"]} >= {
        "schedule", "endpoint", "endpoint configuration", "model", "registered version",
        "registry group", "record of training job", "log stream", "log group", "objects",
        "unfinished upload", "scalable target", "alarm",
    }  # fmt: skip
    roots = {item["name"].split("/")[0] for item in erased["removed"] if item["bytes"]}
    assert roots == {"captures", "datasets", "incoming", "models", "reports", "settings"}
    assert places_with(account, MARKER) == set()
    # Its name is where the command says that it stays.
    for word in (DATASET, "oncology-7"):
        kinds = {place.split(":")[0] for place in places_with(account, word)}
        assert kinds <= {"history", "logs", "log file"}, places_with(account, word)
    assert (places_with(account, OTHER_MARKER), places_with(account, OTHER)) == untouched


def test_what_runs_is_stopped_only_if_asked_to_and_leaves_nothing_either(
    account: Session, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    upload = Upload(_csv(tmp_path / "more" / "data.csv", MARKER), DATASET, _KEPT)
    arn = start(account.cloud, account.outputs, upload)
    status, document = _erase(capsys, "--yes")
    assert (status, document) == (2, {})
    states = account.cloud.client("stepfunctions")
    assert states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    status, document = _erase(capsys, "--yes", "--stop")
    assert (status, document["there"], document["running"]) == (0, [], [])
    assert places_with(account, MARKER) == set()
    assert left_running(account.cloud) == []
    status, document = _erase(capsys, "--yes")
    assert (status, document["removed"]) == (0, [])
