"""What no teardown ends: aborts, and what outlived its execution."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.left_running import left_running
from localcloud.run import Upload, start
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import Notices
from tests.forests import FOREST

_LIMIT_SECONDS = 60


def _until(condition: Any) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _janitor(session: Session, **event: Any) -> dict[str, Any]:
    return invoke(session, "janitor", **event)


@pytest.mark.parametrize("kind", ["training job", "endpoint"])
def test_an_abort_leaves_nothing_and_is_told(
    kind: str, session: Session, notices: Notices, tmp_path: Path
) -> None:
    sagemaker, states = session.cloud.client("sagemaker"), session.cloud.client("stepfunctions")
    upload = Upload(datasets.BREAST_CANCER, f"aborted-{kind.replace(' ', '-')}", FOREST)
    arn = start(session.cloud, session.outputs, upload)
    own = f"molino-{upload.dataset}-"  # other tests may have left a champion's endpoint
    if kind == "endpoint":
        _until(lambda: sagemaker.list_endpoints(NameContains=own)["Endpoints"])
    else:
        _until(lambda: sagemaker.list_training_jobs(NameContains=own)["TrainingJobSummaries"])

    states.stop_execution(executionArn=arn)

    notice = notices.wait_for(arn.rsplit(":", 1)[-1], _LIMIT_SECONDS)
    assert "stopped by hand" in notice["Subject"]
    # Step Functions stops a job itself; an endpoint can't be deleted before it is up.
    if kind == "endpoint":
        assert f"Deleted or stopped: endpoint {own}" in notice["Message"]
    assert "Still there" not in notice["Message"]
    _until(lambda: not left_running(session.cloud))
    assert states.describe_execution(executionArn=arn)["status"] == "ABORTED"


@pytest.fixture
def configurations(session: Session) -> Iterator[dict[str, str]]:
    """Endpoint configurations nobody uses, by whose they are; made as the account's root."""
    sagemaker = session.cloud.client("sagemaker")
    ours = {"molino:stack": "Molino", "molino:execution": "long-gone"}
    tags = {
        "ours": ours,
        "kept": ours | {"molino:keep": "true"},
        "of another stack": ours | {"molino:stack": "Other"},
        "untagged": {},
    }
    names = {who: f"molino-leftover-{number}" for number, who in enumerate(tags)}
    variant = {
        "VariantName": "v",
        "ModelName": "molino-none",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    role = session.cloud.client("iam").list_roles()["Roles"]
    arn = next(found["Arn"] for found in role if "TrainingRole" in found["RoleName"])
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    sagemaker.create_model(
        ModelName="molino-none", ExecutionRoleArn=arn, PrimaryContainer={"Image": image}
    )
    for who, name in names.items():
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant],
            Tags=[{"Key": key, "Value": value} for key, value in tags[who].items()],
        )
    yield names
    sagemaker.delete_model(ModelName="molino-none")
    for name in names.values():
        if name in _configurations(session):
            sagemaker.delete_endpoint_config(EndpointConfigName=name)


def _configurations(session: Session) -> set[str]:
    found = session.cloud.client("sagemaker").list_endpoint_configs(MaxResults=100)
    return {config["EndpointConfigName"] for config in found["EndpointConfigs"]}


def test_the_regular_look_deletes_what_is_ours_old_and_not_kept(
    session: Session, configurations: dict[str, str]
) -> None:
    # By schedule, only what is older than the setting says: this is younger.
    assert _janitor(session) == {"deleted": [], "remaining": []}
    assert set(configurations.values()) <= _configurations(session)

    swept = _janitor(session, older_than_minutes=0)

    assert swept["deleted"] == [f"endpoint configuration {configurations.pop('ours')}"]
    assert set(configurations.values()) <= _configurations(session)
