"""What is read to compare with: records of one or two versions, whatever came before."""

from typing import Any

import pytest

from lambdas.drift import champion as module
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.registry import Version
from tests.lambdas.conftest import BUCKET

DATA = "datasets/heart/run-7"
CHAMPION = Version("arn", 3, {"manifest_uri": f"s3://{BUCKET}/{DATA}/manifest.json"}, "2026-05-01")


@pytest.fixture
def asked(s3: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leave forty uploads and their history in the bucket; return what is asked of it later."""
    for run in range(40):
        for name in ("schema/schema.json", "profile.json", "sample.json", "drift.json"):
            s3.put_object(Bucket=BUCKET, Key=f"datasets/heart/run-{run}/{name}", Body=b"{}")
        s3.put_object(Bucket=BUCKET, Key=f"reports/heart/health/{run}.json", Body=b"{}")
    monkeypatch.setattr(module, "champion", lambda *_: CHAMPION)
    monkeypatch.setattr(module, "newest", lambda *_: CHAMPION)
    calls: list[str] = []
    s3.put_object(Bucket=BUCKET, Key=f"{DATA}/profile.json", Body=b'{"columns": []}')
    s3.put_object(Bucket=BUCKET, Key=f"{DATA}/schema/schema.json", Body=b'{"features": []}')
    s3.put_object(Bucket=BUCKET, Key=f"{DATA}/sample.json", Body=b'{"columns": {}}')

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append(f"{model.name} {params.get('Key')}")

    s3.meta.events.register("provide-client-params.s3", record)
    return calls


def test_no_history_is_read(s3: Any, asked: list[str]) -> None:
    found = module.find_reference(s3, None, RunPaths(BUCKET, "heart", "now"))  # type: ignore[arg-type]
    assert found is not None
    assert found.version == 3
    names = ("schema/schema.json", "profile.json", "sample.json")
    assert asked == [f"GetObject {DATA}/{name}" for name in names]


def test_the_newest_version_is_compared_with_too(
    s3: Any, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    properties = {"manifest_uri": f"s3://{BUCKET}/datasets/heart/run-9/manifest.json"}
    for name, field in (("profile.json", "columns"), ("schema/schema.json", "features")):
        s3.put_object(
            Bucket=BUCKET, Key=f"datasets/heart/run-9/{name}", Body=f'{{"{field}": []}}'.encode()
        )
    asked.clear()
    monkeypatch.setattr(module, "newest", lambda *_: Version("arn", 4, properties, "2026-06-01"))
    found = module.find_reference(s3, None, RunPaths(BUCKET, "heart", "now"))  # type: ignore[arg-type]
    assert found is not None
    assert found.later is not None
    assert (found.version, found.later.version) == (3, 4)
    assert {call.split("/")[2] for call in asked} == {"run-7", "run-9"}


def test_without_a_sample_columns_are_compared_all_the_same(s3: Any, asked: list[str]) -> None:
    s3.delete_object(Bucket=BUCKET, Key=f"{DATA}/sample.json")
    found = module.find_reference(s3, None, RunPaths(BUCKET, "heart", "now"))  # type: ignore[arg-type]
    assert found is not None
    assert found.sample == {}
