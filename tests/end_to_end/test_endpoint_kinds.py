"""Whatever an endpoint runs on, the run succeeds, and data capture leaves what it promises."""

import json
from pathlib import Path
from typing import Any

from localcloud.run import Upload, run_file
from localcloud.session import Session
from tests.end_to_end.datasets import BREAST_CANCER
from tests.forests import FEW_TREES

COLUMNS = 30


def run(session: Session, dataset: str, **settings: str) -> dict[str, Any]:
    result = run_file(
        session.cloud, session.outputs, Upload(BREAST_CANCER, dataset, FEW_TREES | settings)
    )
    assert result["status"] == "SUCCEEDED", result["message"]
    assert result["left_running"] == []
    return result


def cost_lines(session: Session, result: dict[str, Any]) -> dict[str, float]:
    folder = Path(result["report"]).parent.name
    stored = session.cloud.client("s3").get_object(
        Bucket=session.outputs["BucketName"], Key=f"reports/serverless/{folder}/report.json"
    )
    document = json.loads(stored["Body"].read())
    return {line["item"]: line["usd"] for line in document["cost"]["lines"]}


def test_serverless(session: Session) -> None:
    result = run(session, "serverless", endpoint_kind="serverless", endpoint_memory_mb="1024")
    lines = cost_lines(session, result)
    assert lines["Serverless endpoint of 1024 MB"] > 0
    assert not any(item.startswith("Endpoint on") for item in lines)


def test_captured_data_lies_in_the_bucket(session: Session) -> None:
    run(session, "captured", capture_percent="100")
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="captures/captured/")["Contents"]
    rows = 0
    for item in listed:
        assert item["Key"].endswith(".jsonl")
        stored = s3.get_object(Bucket=bucket, Key=item["Key"])
        assert stored["ServerSideEncryption"] == "aws:kms"
        for line in stored["Body"].read().splitlines():
            data = json.loads(line)["captureData"]
            header, *sent = data["endpointInput"]["data"].splitlines()
            assert len(header.split(",")) == COLUMNS
            answered = data["endpointOutput"]["data"]  # reasons are asked for as JSON
            assert answered.startswith(("prediction,probability:", '{"predictions": '))
            rows += len(sent)
    assert rows >= 86  # the test split of 569 rows, and what the evaluation asks besides
