"""A stack with Spark: what its jobs make, and that no end of theirs leaves one running."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.left_running import left_running
from localcloud.permissions import VARIABLE
from localcloud.run import Upload, run_file, start
from localcloud.session import Session, temporary_session
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices, subscribe
from tests.end_to_end.upgrade import synthesize_with
from tests.forests import FEW_TREES
from tests.localemr.conftest import needs_spark
from tests.permissions.calls import LOG

pytestmark = pytest.mark.faults

ON_SPARK = FEW_TREES | {"engine": "spark"}
FAULTS = [
    {"resource": "job-run", "name": "molino-stuck-*", "outcome": "stuck"},
    {
        "resource": "job-run",
        "name": "molino-failed-*",
        "outcome": "Failed",
        "reason": "secret-cell",
    },
]


@pytest.fixture(scope="module")
def with_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("spark")
    (folder / "faults.json").write_text(json.dumps({"resources": FAULTS}))
    options = {VARIABLE: str(folder / LOG), "LOCALCLOUD_FAULTS": str(folder / "faults.json")}
    assembly = synthesize_with(folder / "assembly", spark="true", capacity_wait_seconds="1")
    with temporary_session(folder / "cloud", assembly, options=options) as found:
        yield found


@pytest.fixture(scope="module")
def told(with_spark: Session) -> Notices:
    return subscribe(with_spark)


def job_runs(session: Session, dataset: str) -> list[dict[str, Any]]:
    listed = session.cloud.client("emr-serverless").list_job_runs(
        applicationId=session.outputs["SparkApplicationId"]
    )["jobRuns"]
    return [run for run in listed if run["name"].startswith(f"molino-{dataset}-")]


def until(condition: Callable[[], Any], limit: float = 60) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stopped_execution_leaves_no_job(with_spark: Session, told: Notices) -> None:
    upload = Upload(datasets.BREAST_CANCER, "stuck", ON_SPARK)
    arn = start(with_spark.cloud, with_spark.outputs, upload)
    until(lambda: job_runs(with_spark, "stuck"))
    with_spark.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    notice = told.wait_for(arn.rsplit(":", 1)[-1], 60)
    assert "Deleted or stopped: Spark job molino-stuck-" in notice["Message"]
    until(lambda: not left_running(with_spark.cloud))
    (run,) = job_runs(with_spark, "stuck")
    assert run["state"] == "CANCELLED"


def test_a_failed_job_is_told_without_its_text_and_a_redrive_starts_another(
    with_spark: Session, told: Notices
) -> None:
    result = run_file(
        with_spark.cloud, with_spark.outputs, Upload(datasets.BREAST_CANCER, "failed", ON_SPARK)
    )
    assert (result["error"], result["left_running"]) == ("SparkFailed", [])
    arn = result["execution_arn"]
    notice = told.wait_for(arn.rsplit(":", 1)[-1], 60)
    assert "The Spark job that reads the largest files failed" in notice["Message"]
    assert "secret-cell" not in json.dumps([result, notice])

    with_spark.cloud.client("stepfunctions").redrive_execution(executionArn=arn)
    until(lambda: len(job_runs(with_spark, "failed")) == 2)
    told.wait_for(arn.rsplit(":", 1)[-1], 60)
    assert left_running(with_spark.cloud) == []


def test_a_ceiling_that_pays_for_no_job_is_told_before_one_starts(with_spark: Session) -> None:
    settings = ON_SPARK | {"max_cost_usd": "0.01"}
    upload = Upload(datasets.BREAST_CANCER, "dear", settings)
    result = run_file(with_spark.cloud, with_spark.outputs, upload)
    assert result["error"] == "CostCeilingExceeded"
    assert job_runs(with_spark, "dear") == []


@needs_spark
@pytest.mark.timeout(900)
def test_what_spark_reads_is_trained_on_and_paid_for(with_spark: Session, tmp_path: Path) -> None:
    upload = Upload(datasets.BREAST_CANCER, "ward", ON_SPARK)
    result = run_file(with_spark.cloud, with_spark.outputs, upload)
    assert result["status"] == "SUCCEEDED", result["message"]
    assert result["left_running"] == []
    (run,) = job_runs(with_spark, "ward")
    assert run["state"] == "SUCCESS"
    small = replace(upload, dataset="small", settings=FEW_TREES)
    by_lambda = run_file(with_spark.cloud, with_spark.outputs, small)
    for same in ("features", "rows", "task", "target"):
        assert result[same] == by_lambda[same]
    assert result["metrics"]["roc_auc"] > 0.95
    report = json.loads((Path(result["report"]).parent / "report.json").read_text())
    lines = {line["kind"]: line for line in report["cost"]["lines"]}
    assert lines["spark_vcpu_hour"]["usd"] > 0
    assert report["seconds"]["spark"] > 0
