"""With a reason asked for, an upload like the last one is not trained, one that drifted is."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd

from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.document import REPORT, TRAINING
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.conftest import Notices
from tests.end_to_end.notices import subscribe

DATASET = "reasons"


def test_only_what_differs_is_trained(
    session: Session, notices: Notices, run: Any, tmp_path: Path
) -> None:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    of_health = subscribe(session, DATASET)
    settings = "target: diagnosis\nretrain_when: [drifted, worse]\n"
    s3.put_object(Bucket=bucket, Key=f"settings/{DATASET}.yaml", Body=settings.encode())

    first = run(datasets.BREAST_CANCER, DATASET)
    assert (first["trained"], first["promoted"]) == (True, True), first["message"]
    assert first["reason"] == "no model of the dataset has been trained before"

    again = run(datasets.BREAST_CANCER, DATASET)
    assert (again["status"], again["trained"]) == ("SUCCEEDED", False)
    assert "the champion is not known to have got worse" in again["reason"]
    assert "no column is known to have drifted far since the last training" in again["reason"]
    # The rows are the same, and so is what the champion answers.
    assert again["champion"]["metrics"] == first["metrics"]
    assert (again["metrics"], again["model"], again["promoted"]) == (None, None, None)
    assert {"train", "deploy", "gate"}.isdisjoint(again["seconds"])
    assert again["left_running"] == []
    told = notices.wait_for(again["execution_arn"].rpartition(":")[2])
    assert told["Subject"] == f"Molino: {DATASET}: no reason to train"
    assert "There was no reason to train a model: " in told["Message"]
    reports = f"s3://{bucket}/reports/{DATASET}"
    folder = f"{reports}/{again['execution_arn'].rpartition(':')[2]}"
    known = read(s3, TRAINING, TRAINING.below(folder))
    assert (known["train"], known["champion"] and known["champion"]["version"]) == (False, 1)
    assert read(s3, REPORT, REPORT.below(folder))["model_uri"] is None

    rows = pd.read_csv(datasets.BREAST_CANCER)
    rows["mean radius"] = rows["mean radius"] * 2
    rows.to_csv(tmp_path / "shifted.csv", index=False)
    shifted = run(tmp_path / "shifted.csv", DATASET)
    assert shifted["trained"] is True
    assert "the column mean radius has drifted far" in shifted["reason"]
    told = notices.wait_for(shifted["execution_arn"].rpartition(":")[2])
    assert f"Reason to train: {shifted['reason']}." in told["Message"]
    assert shifted["reason"].replace("'", "&#39;") in Path(shifted["report"]).read_text()
    runs = json.loads(
        s3.get_object(Bucket=bucket, Key=f"reports/{DATASET}/runs.json")["Body"].read()
    )["runs"]
    assert [each["trained"] for each in runs] == [True, False, True]

    newest, middle, oldest = _history(s3, bucket, 3)
    trained = [each["training"] for each in (newest, middle, oldest)]
    assert [each and each["version"] for each in trained] == [2, None, 1]
    (figure,) = middle["quality"]
    assert figure["value"] == known["champion"]["value"] == first["metrics"]["roc_auc"]
    assert newest["drift"]["columns"][0]["name"] == "mean radius"
    (drifted,) = of_health.of_status("DRIFT", f"{DATASET}-")
    assert "mean radius" in drifted["Message"]

    # What the last training has learned from is no reason again, whoever is the champion now.
    once_more = run(tmp_path / "shifted.csv", DATASET)
    assert once_more["trained"] is False, once_more["reason"]


def _history(s3: Any, bucket: str, count: int) -> list[dict[str, Any]]:
    """Return so many entries of the dataset's history, once they are there."""
    deadline, entries = time.monotonic() + 20, list[dict[str, Any]]()
    while len(entries) < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        (month,) = s3.list_objects_v2(Bucket=bucket, Prefix=f"reports/{DATASET}/health/")[
            "Contents"
        ]
        entries = json.load(s3.get_object(Bucket=bucket, Key=month["Key"])["Body"])["entries"]
    return entries
