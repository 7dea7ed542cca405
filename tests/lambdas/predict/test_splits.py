"""The model's data is fetched by the names in its manifest, or it is not known what it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.predict.splits import fetch_splits
from tests.lambdas.conftest import BUCKET

FOLDER = "datasets/heart/run-1"
FILES = {
    "train": {"part-00000.parquet": 4, "part-00007.parquet": 4},
    "validation": {"part-00001.parquet": 4},
    "test": {"test.csv": 4},
}


@pytest.fixture
def data_uri(s3: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "16")
    put(s3, "manifest.json", json.dumps({"files": FILES}))
    for split, names in FILES.items():
        for name in names:
            put(s3, f"{split}/{name}", split[:4])
    put(s3, "train/left-over.parquet", "of another try")
    return f"s3://{BUCKET}/{FOLDER}"


def put(s3: Any, name: str, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}", Body=text.encode())


def test_all_files_of_the_manifest(s3: Any, data_uri: str, tmp_path: Path) -> None:
    found = fetch_splits(s3, data_uri, tmp_path)
    assert found
    assert {split: [path.name for path in paths] for split, paths in found.items()} == {
        split: [*names] for split, names in FILES.items()
    }
    assert all(path.read_text() == split[:4] for split, paths in found.items() for path in paths)


def test_what_is_too_large_is_not_fetched(
    s3: Any, data_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "15")
    assert fetch_splits(s3, data_uri, tmp_path) is None
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("gone", ["manifest.json", "validation/part-00001.parquet"])
def test_what_is_gone_is_unknown(s3: Any, data_uri: str, tmp_path: Path, gone: str) -> None:
    s3.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/{gone}")
    assert fetch_splits(s3, data_uri, tmp_path) is None


def test_older_manifests_name_no_files(s3: Any, data_uri: str, tmp_path: Path) -> None:
    put(s3, "manifest.json", "{}")
    assert fetch_splits(s3, data_uri, tmp_path) is None
