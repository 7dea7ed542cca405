"""Datasets by any name that a folder may have, through the whole local cloud."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localcloud.session import Session
from tests.end_to_end import datasets

# How each ends: with a model, or refused for its settings file, which names no column.
NAMES = {
    "داء السكري": "SUCCEEDED",
    "🩺" * 63 + "abc": "SUCCEEDED",  # 255 bytes
    "50%25 + 1 & 'a' #?": "SUCCEEDED",
    ".hidden": "FAILED",
    "Ünïcode ~ \\ \"quoted\" <x>": "FAILED",
}  # fmt: skip


@pytest.mark.timeout(900)
def test_strange_names(session: Session, run: Any) -> None:
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    for name, status in NAMES.items():
        if status == "FAILED":
            key = f"settings/{name}.yaml"
            s3.put_object(Bucket=bucket, Key=key, Body=b"target: no such column\n")

    with ThreadPoolExecutor(2) as pool:
        results = dict(
            zip(NAMES, pool.map(lambda name: run(datasets.BREAST_CANCER, name), NAMES), strict=True)
        )

    for name, result in results.items():
        assert result["status"] == NAMES[name], (name, result["message"])
        assert result["left_running"] == []
        assert Path(result["report"]).exists()
        if NAMES[name] == "FAILED":  # its own settings were found
            assert result["error"] == "TargetNotFound"
    assert len({result["report"] for result in results.values()}) == len(NAMES)
    groups = session.cloud.client("sagemaker").list_model_package_groups(MaxResults=100)
    made = [group["ModelPackageGroupName"] for group in groups["ModelPackageGroupSummaryList"]]
    assert len(set(made)) == len(made)
