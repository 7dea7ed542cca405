"""Folders of part files; and above the limit real processing jobs do what Lambdas do."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.synth import synthesize
from lambdas.shared.names.legal import execution_name
from localcloud.deploy import deploy
from localcloud.follow import follow, wait_for_execution
from localcloud.predicted import predict_file
from localcloud.run import Upload, exit_status
from localcloud.session import STACK, Session
from tests.docs.blocks import documented
from tests.end_to_end import datasets
from tests.end_to_end.upgrade import synthesize_with


@pytest.fixture(scope="module")
def low_limit(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the deployed preprocess hand everything over; an upload of a GB would take minutes."""
    folder = tmp_path_factory.mktemp("low_limit")
    deploy(session.cloud, synthesize_with(folder, preprocess_upload_limit_mb=0), STACK)
    yield
    deploy(session.cloud, synthesize(), STACK)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows to predict; the target among them is kept aside."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_bytes(datasets.BREAST_CANCER.read_bytes())
    return path


def _predict(session: Session, path: Path) -> dict[str, Any]:
    upload = Upload(path, "large", is_predicted=True)
    return predict_file(session.cloud, session.outputs, upload)


def _jobs(session: Session) -> list[dict[str, Any]]:
    client = session.cloud.client("sagemaker")
    pages = client.get_paginator("list_processing_jobs").paginate()
    return [job for page in pages for job in page["ProcessingJobSummaries"]]


def _stored(session: Session, execution_arn: str) -> dict[str, bytes]:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    prefix = f"datasets/large/{execution_arn.rsplit(':', 1)[-1]}/"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return {
        entry["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=entry["Key"])[
            "Body"
        ].read()
        for entry in listed
        # Only the second run has a champion that its data are compared with.
        if "/job/" not in entry["Key"] and not entry["Key"].endswith("/drift.json")
    }


def _told_alike(stored: dict[str, bytes], execution_arn: str) -> dict[str, bytes]:
    """What was stored, but for what names the one upload and its execution."""
    source = json.loads(stored["manifest.json"])["source"]
    own = (source["version_id"], execution_arn.rsplit(":", 1)[-1])
    for word in own:
        stored = {name: body.replace(word.encode(), b"-") for name, body in stored.items()}
    return stored


def _lay_out(folder: Path, *contents: list[str]) -> Path:
    folder.mkdir()
    for n, lines in enumerate(contents):
        (folder / f"part-{n:05d}.csv").write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_a_folder_of_part_files_is_one_upload(session: Session, run: Any, tmp_path: Path) -> None:
    header, *lines = datasets.BREAST_CANCER.read_text().splitlines()
    parts = _lay_out(tmp_path / "may", [header, *lines[:200]], [header], [header, *lines[200:]])
    result = run(parts, "folder")
    assert result["status"] == "SUCCEEDED", result["message"]
    assert (result["rows"]["read"], result["left_running"]) == (len(lines), [])
    found = session.cloud.client("stepfunctions").list_executions(
        stateMachineArn=session.outputs["StateMachineArn"]
    )
    started = [each for each in found["executions"] if each["name"].startswith("folder-")]
    assert [each["executionArn"] for each in started] == [result["execution_arn"]]  # none of a part
    assert _jobs(session) == []


def test_the_way_through_ends_as_without_the_job(
    session: Session, run: Any, rows: Path, request: pytest.FixtureRequest
) -> None:
    by_lambda = run(datasets.BREAST_CANCER, "large")
    assert by_lambda["promoted"]
    predicted = _predict(session, rows)
    assert _jobs(session) == []
    request.getfixturevalue("low_limit")
    by_job = run(datasets.BREAST_CANCER, "large")

    (job,) = _jobs(session)
    assert job["ProcessingJobStatus"] == "Completed"
    assert by_job["status"] == by_lambda["status"] == "SUCCEEDED"
    assert by_job["metrics"] == by_lambda["metrics"]
    assert by_job["left_running"] == []
    stored, expected = (
        _told_alike(_stored(session, found["execution_arn"]), found["execution_arn"])
        for found in (by_job, by_lambda)
    )
    assert stored == expected

    before = len(_jobs(session))
    again = _predict(session, rows)
    assert again["status"] == predicted["status"] == "SUCCEEDED", again["message"]
    assert len(_jobs(session)) - before == 2  # one that reads, one that joins
    assert again["left_running"] == []
    # Jobs do not compare rows with those that the model was trained on.
    (*others, seen) = predicted.pop("findings")
    assert seen["code"] == "RowsSeen"
    assert again.pop("findings") == others
    names = {"predictions", "rows", "model"}
    assert (
        Path(again.pop("predictions")).read_bytes()
        == Path(predicted.pop("predictions")).read_bytes()
    )
    assert [again[name] for name in names & again.keys()] == [
        predicted[name] for name in names & predicted.keys()
    ]
    assert again["cost_usd"] > predicted["cost_usd"]  # of the jobs, too


def test_all_that_is_wrong_with_large_rows_is_told_as_of_small_ones(
    session: Session, rows: Path, tmp_path: Path, low_limit: None
) -> None:
    lines = rows.read_text().splitlines()
    lines[0] = lines[0].replace("mean radius", "mean_radius")
    lines[3] = lines[3].replace(lines[3].split(",")[1], "SECRET", 1)
    path = tmp_path / "wrong.csv"
    path.write_text("\n".join(lines) + "\n")
    result = _predict(session, path)
    assert (result["status"], result["error"]) == ("FAILED", "ColumnMissing")
    assert "is it the one called “mean_radius”" in result["message"]
    assert "“mean texture”, 1 cell is not a number" in result["message"]
    assert "SECRET" not in json.dumps(result)
    assert (result["predictions"], result["left_running"]) == (None, [])


def test_a_data_error_of_the_job_is_told_as_the_lambdas(
    session: Session, run: Any, tmp_path: Path, low_limit: None
) -> None:
    before = len(_jobs(session))
    path = tmp_path / "ragged.csv"
    path.write_text("a,b,target\n" + "1,2,yes\n" * 30 + "1,secret-cell\n")
    result = run(path, "ragged")
    assert exit_status(result) == 3
    assert "32" in result["message"]
    assert "secret-cell" not in json.dumps(result)
    assert result["left_running"] == []
    assert len(_jobs(session)) == before + 1


def test_a_job_gets_all_parts_of_a_folder_and_tells_rows_by_them(
    session: Session, tmp_path: Path, low_limit: None
) -> None:
    before = len(_jobs(session))
    good, bad = ["a,b,churned", *["1,2,yes"] * 30], ["a,b,churned", "3,4,no", "5,secret-cell"]
    _lay_out(tmp_path / "2026-11", good, bad)
    _documented(session, tmp_path, "aws s3 cp")
    version = json.loads(_documented(session, tmp_path, "aws s3api"))["VersionId"]
    bucket, machine = session.outputs["BucketName"], session.outputs["StateMachineArn"]
    name = execution_name("sales", bucket, "incoming/sales/2026-11/_SUCCESS", version)
    ended = follow(session.cloud, wait_for_execution(session.cloud, machine, name, 60))
    assert ended.error == "RaggedRows"
    assert ended.cause is not None
    assert "row part-00001.csv:3 has 2 fields" in ended.cause.lower()
    assert "secret-cell" not in ended.cause
    assert len(_jobs(session)) == before + 1


def _documented(session: Session, folder: Path, words: str) -> str:
    """Run the command that uploads a folder, or its marker, and return what it says."""
    command = documented("preparing-data.md", words)
    command = command.replace("<BucketName>", session.outputs["BucketName"])
    done = subprocess.run(
        [str(Path(sys.executable).with_name("aws")), *shlex.split(command)[1:]],
        cwd=folder,
        env=os.environ | session.cloud.environment,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout
