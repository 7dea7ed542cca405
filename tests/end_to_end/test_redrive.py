"""Redrive through the whole local cloud, as a user does it in the console."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.sabotage import source_bundle


def _wait(session: Session, arn: str) -> str:
    return follow(session.cloud, arn).status


def _redrive(session: Session, arn: str) -> None:
    session.cloud.client("stepfunctions").redrive_execution(executionArn=arn)


def test_a_redrive_continues_the_failed_execution(session: Session, run: Any) -> None:
    states = session.cloud.client("stepfunctions")
    with source_bundle(session, "train.py", "raise RuntimeError('broken')\n"):
        result = run(datasets.BREAST_CANCER, "redriven")
        arn = result["execution_arn"]
        assert (result["status"], result["error"]) == ("FAILED", "TrainingFailed")
        assert states.describe_execution(executionArn=arn)["redriveStatus"] == "REDRIVABLE"
        _redrive(session, arn)
        assert _wait(session, arn) == "FAILED"  # nothing was mended yet: it fails anew
    _redrive(session, arn)

    assert _wait(session, arn) == "SUCCEEDED"
    described = states.describe_execution(executionArn=arn)
    assert (described["redriveCount"], described["redriveStatus"]) == (2, "NOT_REDRIVABLE")
    assert json.loads(described["output"])["status"] == "SUCCEEDED"
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for page in states.get_paginator("get_execution_history").paginate(executionArn=arn)
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]
    assert entered.count("Preprocess upload") == 1  # what was done is not done again
    assert entered.count("Create training job") == 3
    assert left_running(session.cloud) == []
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):  # it has succeeded now
        _redrive(session, arn)
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        _redrive(session, f"{arn}-other")
