"""A dataset's schedule follows its settings file."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.schedule import handler as module
from lambdas.schedule.group import SCHEDULED_TIME
from lambdas.shared.names.legal import schedule_name
from tests.lambdas.conftest import BUCKET, Context

FILE = "settings/heart.yaml"
NAME = {"GroupName": "Molino-group", "Name": schedule_name("heart")}
WANTED = NAME | {
    "Description": "From settings/heart.yaml",
    "ScheduleExpression": "cron(0 6 ? * MON *)",
    "ScheduleExpressionTimezone": "Europe/Madrid",
    "State": "ENABLED",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "KmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
    "Target": {
        "Arn": "arn:aws:lambda:us-east-1:111122223333:function:retrain",
        "RoleArn": "arn:aws:iam::111122223333:role/scheduler",
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:111122223333:unhandled"},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
        "Input": json.dumps({"dataset": "heart", "scheduled_for": SCHEDULED_TIME}),
    },
}
TEXT = "schedule: cron(0 6 ? * MON *)\nschedule_timezone: Europe/Madrid\n"
ARN = {"ScheduleArn": "arn:aws:scheduler:us-east-1:111122223333:schedule/g/heart"}


@pytest.fixture
def stub(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = boto3.client("scheduler")
    monkeypatch.setattr(module, "s3_client", lambda: s3)
    monkeypatch.setattr(module, "scheduler_client", lambda: client)
    for name, value in {
        "BUCKET": BUCKET,
        "DATASET_DEFAULTS": "{}",
        "SCHEDULE_GROUP": NAME["GroupName"],
        "KEY_ARN": WANTED["KmsKeyArn"],
        "RETRAIN_ARN": WANTED["Target"]["Arn"],
        "SCHEDULER_ROLE_ARN": WANTED["Target"]["RoleArn"],
        "UNHANDLED_ARN": WANTED["Target"]["DeadLetterConfig"]["Arn"],
    }.items():
        monkeypatch.setenv(name, value)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    notices: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "notify", lambda *notice: notices.append(notice))
    return notices


def follow(s3: Any, context: Context, text: str | None, key: str = FILE) -> str:
    if text is not None:
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    outcome: str = module.handler({"detail": {"object": {"key": key}}}, context)["outcome"]
    return outcome


def test_it_is_made(stub: Any, told: list[Any], s3: Any, context: Context) -> None:
    stub.add_client_error("get_schedule", "ResourceNotFoundException", expected_params=NAME)
    stub.add_response("create_schedule", ARN, WANTED)
    assert follow(s3, context, TEXT) == "changed"
    ((status, _, text),) = told
    assert status == "SCHEDULED"
    assert "cron(0 6 ? * MON *), time zone Europe/Madrid" in text
    assert "It is trained if it or the settings are new." in text


def test_it_is_changed(stub: Any, told: list[Any], s3: Any, context: Context) -> None:
    stub.add_response("get_schedule", WANTED | {"Arn": ARN["ScheduleArn"]}, NAME)
    stub.add_response("update_schedule", ARN, WANTED | {"State": "DISABLED"})
    assert follow(s3, context, TEXT + "schedule_enabled: no\n") == "changed"
    assert "turned off" in told[0][1]


def test_other_settings_leave_it_alone(
    stub: Any, told: list[Any], s3: Any, context: Context
) -> None:
    stub.add_response("get_schedule", WANTED | {"Arn": ARN["ScheduleArn"]}, NAME)
    assert follow(s3, context, TEXT + "target: diagnosis\n") == "unchanged"
    assert told == []


@pytest.mark.parametrize("text", [None, "target: diagnosis\n"])
def test_it_goes_with_the_file_or_its_line(
    stub: Any, told: list[Any], s3: Any, context: Context, text: str | None
) -> None:
    stub.add_response("delete_schedule", {}, NAME)
    assert follow(s3, context, text) == "deleted"
    assert len(told) == 1
    stub.add_client_error("delete_schedule", "ResourceNotFoundException")
    assert follow(s3, context, text) == "unchanged"
    assert len(told) == 1


def test_a_file_with_mistakes_changes_nothing_and_tells_them_all(
    stub: Any, told: list[Any], s3: Any, context: Context
) -> None:
    wrong = "schedule: cron(SECRET 6 ? * MON *)\nschedule_timezone: SECRET\ntsak: SECRET\n"
    assert follow(s3, context, wrong) == "refused"
    ((status, _, text),) = told
    assert status == "SETTINGS_REFUSED"
    assert "the minutes of the cron expression" in text
    assert "not a time zone" in text
    assert "did you mean “task”?" in text
    assert "SECRET" not in text


def test_a_file_that_no_parser_takes_is_told(
    stub: Any, told: list[Any], s3: Any, context: Context
) -> None:
    assert follow(s3, context, 'schedule: "\\UFFFFFFFF"\n') == "refused"
    assert "settings/heart.yaml is not valid YAML" in told[0][2]


def test_what_only_aws_refuses_is_told_too(
    stub: Any, told: list[Any], s3: Any, context: Context
) -> None:
    stub.add_client_error("get_schedule", "ResourceNotFoundException")
    stub.add_client_error("create_schedule", "ValidationException", "SECRET")
    assert follow(s3, context, TEXT) == "refused"
    assert "AWS does not accept it" in told[0][2]
    assert "SECRET" not in told[0][2]


@pytest.mark.parametrize("key", ["settings/", "settings/a/b.yaml", "settings/x.yml", "x.yaml"])
def test_other_objects_are_ignored(
    stub: Any, told: list[Any], s3: Any, context: Context, key: str
) -> None:
    assert follow(s3, context, None, key) == "ignored"
    assert told == []


def test_the_owner_is_told_in_the_datasets_language(
    stub: Any, told: list[Any], s3: Any, context: Context
) -> None:
    assert follow(s3, context, "language: es\nschedule: rate(1 day)\nseed: x\n") == "refused"
    ((_, subject, text),) = told
    assert subject == "Molino: un archivo de ajustes no se puede usar"
    assert text.startswith("El archivo de ajustes del conjunto de datos heart no se puede usar")
    assert "«seed»: debe ser un número entero" in text
