"""Records of jobs can be deleted once these have ended, as the API reference says."""

from pathlib import Path
from typing import Any

import pytest

from localsagemaker.context import Context
from localsagemaker.errors import ApiError
from localsagemaker.store import Store
from localsagemaker.training import TrainingJobs


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, "000000000000", "us-east-1", lambda _: None, Store(tmp_path / "state"))


def _job(context: Context, status: str) -> TrainingJobs:
    arn = context.arn("training-job", "One")
    record: dict[str, Any] = {"TrainingJobStatus": status, "TrainingJobArn": arn}
    context.store.put("training-job", "One", record)
    context.store.set_tags(arn, {"a": "b"})
    (context.root / "jobs" / "one").mkdir(parents=True)
    (context.root / "jobs" / "one" / "log.txt").write_text("line")
    return TrainingJobs(context)


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped"])
def test_a_job_that_has_ended_leaves_nothing(context: Context, status: str) -> None:
    delete = _job(context, status).delete
    assert delete({"TrainingJobName": "One"}) == {}
    assert [path for path in context.root.rglob("*") if path.is_file()] == []
    assert context.store.tagged() == []
    with pytest.raises(ApiError, match="not found"):
        delete({"TrainingJobName": "One"})


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_under_way_is_kept(context: Context, status: str) -> None:
    with pytest.raises(ApiError) as raised:
        _job(context, status).delete({"TrainingJobName": "One"})
    assert raised.value.code == "ResourceInUse"
    assert context.store.get("training-job", "One")
