"""Tuning and spot through the whole workflow."""

import json
from typing import Any

import pytest

from localcloud.session import Session
from tests.end_to_end import datasets
from tests.forests import FEW_TREES


@pytest.fixture(scope="module")
def tuned(session: Session) -> dict[str, Any]:
    from localcloud.run import Upload, run_file

    settings = FEW_TREES | {"tune": "4", "tune-ranges": "min_samples_leaf=1..20 log"}
    upload = Upload(datasets.BREAST_CANCER, "tuned", settings)
    return run_file(session.cloud, session.outputs, upload)


@pytest.fixture(scope="module")
def document(session: Session, tuned: dict[str, Any]) -> dict[str, Any]:
    name = tuned["execution_arn"].rsplit(":", 1)[-1]
    body = session.cloud.client("s3").get_object(
        Bucket=session.outputs["BucketName"], Key=f"reports/tuned/{name}/report.json"
    )["Body"]
    found: dict[str, Any] = json.load(body)
    return found


def test_it_ends_well_and_leaves_nothing(tuned: dict[str, Any]) -> None:
    assert tuned["status"] == "SUCCEEDED", tuned["message"]
    assert tuned["left_running"] == []
    assert tuned["metrics"]["roc_auc"] > 0.9


def test_the_model_kept_beats_or_ties_the_defaults(document: dict[str, Any]) -> None:
    tuning = document["tuning"]
    assert tuning["best"]["MetricName"] == "validation:log_loss"
    assert tuning["kept"] == (tuning["best"]["Value"] < tuning["default"])
    kept_by_tuning = f"/{tuning['best_job']}/output/" in document["model_uri"]
    assert kept_by_tuning == tuning["kept"]


def test_its_jobs_are_visible_and_all_billed(session: Session, document: dict[str, Any]) -> None:
    client = session.cloud.client("sagemaker")
    name = document["tuning"]["job_name"]
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    assert job["BestTrainingJob"]["TrainingJobName"] == document["tuning"]["best_job"]
    listed = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )["TrainingJobSummaries"]
    names = [child["TrainingJobName"] for child in listed]
    jobs = [client.describe_training_job(TrainingJobName=name) for name in names]
    assert len(jobs) == 4
    (default,) = [
        found["TrainingJobName"]
        for found in client.list_training_jobs(NameContains="molino-tuned-")["TrainingJobSummaries"]
        if found["TrainingJobName"] not in names
    ]
    jobs.append(client.describe_training_job(TrainingJobName=default))
    billed = sum(found["BillableTimeInSeconds"] for found in jobs)
    assert document["seconds"]["training"] == billed


def test_a_spot_run_asks_for_spare_machines(session: Session, run: Any) -> None:
    result = run(datasets.BREAST_CANCER, "spot", spot="yes", n_estimators="100")
    assert result["status"] == "SUCCEEDED", result["message"]
    client = session.cloud.client("sagemaker")
    (listed,) = client.list_training_jobs(NameContains="molino-spot-")["TrainingJobSummaries"]
    job = client.describe_training_job(TrainingJobName=listed["TrainingJobName"])
    assert job["EnableManagedSpotTraining"] is True
    bucket, _, prefix = job["CheckpointConfig"]["S3Uri"].removeprefix("s3://").partition("/")
    assert prefix.endswith("/checkpoints")
    kept = session.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")
    assert any(entry["Key"].endswith(".checkpoint") for entry in kept.get("Contents", []))


def test_a_run_over_its_ceiling_starts_no_job(session: Session, run: Any) -> None:
    client = session.cloud.client("sagemaker")
    result = run(datasets.BREAST_CANCER, "dear", **{"max-cost-usd": "0.01"})
    assert (result["status"], result["error"]) == ("FAILED", "CostCeilingExceeded")
    assert client.list_training_jobs(NameContains="molino-dear-")["TrainingJobSummaries"] == []
