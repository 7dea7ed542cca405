"""What a transform job holds in memory does not depend on the size of its input."""

import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localsagemaker import LocalSageMaker
from localsagemaker.image import Image
from tests.localsagemaker.conftest import ACCOUNT, REGION, ROLE, archive, serving, transformed

MEGABYTE = 1 << 20
COUNT = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept): return str(body.count("\\n")), accept
"""


class Folder:
    """An S3 on disk: one in this process would hold the objects itself."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list_objects_v2(self, Prefix: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        keys = [path.relative_to(self._root).as_posix() for path in self._root.rglob("*.*")]
        return {"Contents": [{"Key": key} for key in keys if key.startswith(Prefix)]}

    def head_object(self, Key: str, **_: Any) -> None:  # noqa: N803
        assert (self._root / Key).exists()

    def download_file(self, _bucket: str, key: str, path: str) -> None:
        shutil.copyfile(self._root / key, path)

    def upload_file(self, path: str, _bucket: str, key: str, **_: Any) -> None:
        shutil.copyfile(path, self._root / key)


@pytest.fixture
def core(tmp_path: Path, image: Image) -> Iterator[LocalSageMaker]:
    folder = Folder(tmp_path / "s3")
    served = LocalSageMaker(
        tmp_path / "root", lambda _: folder, account=ACCOUNT, region=REGION, image=image
    )
    yield served
    served.close()


def test_memory_stays_flat(core: LocalSageMaker, tmp_path: Path) -> None:
    objects = tmp_path / "s3"
    objects.mkdir()
    (objects / "model.tar.gz").write_bytes(archive({"code/inference.py": COUNT}))
    line = b"1," * 511 + b"\n"
    lines = 32 * MEGABYTE // len(line)
    with (objects / "rows.csv").open("wb") as file:
        for _ in range(lines):
            file.write(line)
    container = serving("s3://bucket/model.tar.gz")
    core.call(
        "CreateModel",
        {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container},
    )
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows.csv"}}
    tracemalloc.start()
    core.call(
        "CreateTransformJob",
        {
            "TransformJobName": "job",
            "ModelName": "m",
            "MaxPayloadInMB": 1,
            "MaxConcurrentTransforms": 2,
            "TransformInput": {
                "DataSource": source,
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": "s3://bucket", "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    )
    job = transformed(core)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert job["TransformJobStatus"] == "Completed", core.transform_log("job").read_text()
    counts = (objects / "rows.csv.out").read_text().split()
    assert len(counts) > 30
    assert sum(map(int, counts)) == lines
    # Two payloads, what they are joined from, and what the service itself holds.
    assert peak < 12 * MEGABYTE
