"""Datasets by any name that a folder may have, through the whole local cloud."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localcloud.predicted import predict_file
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end import datasets

# How each ends: with a model, or refused for its settings file.
NAMES = {
    "داء السكري": "TargetNotFound",
    "🩺" * 63 + "abc": None,  # 255 bytes
    "50%25 + 1 & 'a' #?": None,
    ".hidden": "TargetNotFound",
    "Ünïcode ~ \\ \"quoted\" <x>": "TargetNotFound",
    "two\nlines": "TargetNotFound",
    "broken": "SettingsInvalid",
}  # fmt: skip
SETTINGS = {
    "TargetNotFound": b"target: no such column\n",
    "SettingsInvalid": b'target: "\\UFFFFFFFF"\n',  # no parser takes it
}


@pytest.mark.timeout(900)
def test_strange_names(session: Session, run: Any, tmp_path: Path) -> None:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    for name, error in NAMES.items():
        if error:
            s3.put_object(Bucket=bucket, Key=f"settings/{name}.yaml", Body=SETTINGS[error])

    with ThreadPoolExecutor(2) as pool:
        results = dict(
            zip(NAMES, pool.map(lambda name: run(datasets.BREAST_CANCER, name), NAMES), strict=True)
        )

    rows = tmp_path / 'new rows & "others" #?.csv'
    rows.write_text("".join(datasets.BREAST_CANCER.open().readlines()[:4]))
    for name in (name for name, error in NAMES.items() if not error):
        upload = Upload(rows, name, is_predicted=True)
        predicted = predict_file(session.cloud, session.outputs, upload)
        assert (predicted["status"], predicted["rows"]) == ("SUCCEEDED", 3), predicted["message"]

    for name, result in results.items():
        assert result["error"] == NAMES[name], (name, result["message"])  # its own settings'
        assert result["status"] == ("FAILED" if NAMES[name] else "SUCCEEDED")
        assert result["left_running"] == []
        assert Path(result["report"]).exists()
    assert len({result["report"] for result in results.values()}) == len(NAMES)
    groups = session.cloud.client("sagemaker").list_model_package_groups(MaxResults=100)
    made = [group["ModelPackageGroupName"] for group in groups["ModelPackageGroupSummaryList"]]
    assert len(set(made)) == len(made)
