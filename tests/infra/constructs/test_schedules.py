"""Schedules in the template: in a group of the stack, invoking one Lambda, gone with the stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings, SettingsError
from lambdas.shared.names.legal import schedule_name
from tests.infra.constructs.test_permissions import many, role_of
from tests.infra.test_template import of_type

WEEKLY = {"schedule": "cron(0 6 ? * MON *)", "schedule_timezone": "Europe/Madrid"}


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    from infra.app import synthesize

    schedules = {"heart": WEEKLY | {"retrain_unchanged": True}, "número 2": WEEKLY}
    folder = synthesize({"schedules": schedules}, str(tmp_path_factory.mktemp("cdk.out")))
    template = json.loads(Path(folder, "Molino.template.json").read_text())
    found: dict[str, dict[str, Any]] = template["Resources"]
    return found


def test_a_stack_has_a_group_and_no_schedule_of_its_own(resources: dict[str, Any]) -> None:
    (group,) = of_type(resources, "AWS::Scheduler::ScheduleGroup")
    assert "Name" not in group  # two stacks in an account never share one
    kinds = {resource["Type"] for resource in resources.values()}
    assert "AWS::Scheduler::Schedule" not in kinds


def test_settings_make_schedules(scheduled: dict[str, Any]) -> None:
    made = {found["Name"]: found for found in of_type(scheduled, "AWS::Scheduler::Schedule")}
    assert set(made) == {f"{schedule_name(name)}.stack" for name in ("heart", "número 2")}
    (heart,) = [found for name, found in made.items() if name.startswith("heart-")]
    assert heart["ScheduleExpression"] == WEEKLY["schedule"]
    assert heart["ScheduleExpressionTimezone"] == "Europe/Madrid"
    assert heart["State"] == "ENABLED"
    assert heart["GroupName"]["Ref"].startswith("SchedulesGroup")
    assert "KmsKeyArn" in heart
    target = heart["Target"]
    assert "Retrain" in target["Arn"]["Fn::GetAtt"][0]
    assert "SchedulerRole" in target["RoleArn"]["Fn::GetAtt"][0]
    assert "Unhandled" in target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
    assert json.loads(target["Input"]) == {
        "dataset": "heart",
        "scheduled_for": "<aws.scheduler.scheduled-time>",
        "settings": WEEKLY | {"retrain_unchanged": True},
    }


def test_schedules_may_invoke_the_look_alone(resources: dict[str, Any]) -> None:
    statements = role_of(resources, "SchedulesSchedulerRole")
    allowed = {action: found for found in statements for action in many(found["Action"])}
    assert set(allowed) == {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "lambda:InvokeFunction",
        "sqs:SendMessage",
    }
    invoked = many(allowed["lambda:InvokeFunction"]["Resource"])
    assert [found["Fn::GetAtt"][0][:16] for found in invoked] == ["SchedulesRetrain"]


def test_what_is_watched_between_uploads_invokes_the_check(resources: dict[str, Any]) -> None:
    (rule,) = [
        r
        for name, r in resources.items()
        if name.startswith("SchedulesWatched") and r["Type"] == "AWS::Events::Rule"
    ]
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["source"] == ["molino"]
    assert pattern["detail-type"] == ["Molino Drift", "Molino Quality"]
    # What uploads show, their own runs look at.
    assert pattern["detail"]["kind"] == ["predictions", "actuals", "requests"]
    (address,) = pattern["detail"]["health_uri"]
    scheme, bucket, end = address["prefix"]["Fn::Join"][1]
    assert (scheme, bucket.keys(), end) == ("s3://", {"Ref"}, "/")
    (target,) = rule["Properties"]["Targets"]
    assert "Retrain" in target["Arn"]["Fn::GetAtt"][0]
    assert "Unhandled" in target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]


def test_only_schedules_of_the_group_act_with_the_role(resources: dict[str, Any]) -> None:
    (role,) = [r for name, r in resources.items() if name.startswith("SchedulesSchedulerRole")]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    (source,) = trust["Condition"]["ArnEquals"].values()
    assert source["Fn::GetAtt"][0].startswith("SchedulesGroup")


def test_settings_files_rule_the_groups_schedules_only(resources: dict[str, Any]) -> None:
    (managing,) = [
        found
        for found in role_of(resources, "SchedulesScheduleRole")
        if "scheduler:CreateSchedule" in many(found["Action"])
    ]
    assert {action.partition(":")[0] for action in managing["Action"]} == {"scheduler"}
    parts = managing["Resource"]["Fn::Join"][1]
    assert parts[-1] == "/*"
    assert parts[-2]["Ref"].startswith("SchedulesGroup")


def test_schedules_on_the_command_line() -> None:
    text = json.dumps({"heart": WEEKLY})
    schedule = Settings.from_context({"schedules": text}).schedules["heart"]
    assert schedule.schedule == WEEKLY["schedule"]


@pytest.mark.parametrize(
    ("schedules", "words"),
    [
        ({"heart": {}}, ["schedules.heart", "“schedule” is missing"]),
        ({"heart": {"schedule": "weekly"}}, ["schedules.heart.schedule", "write cron("]),
        (
            {"heart": {"schedule": "rate(1 day)", "schedule_timezon": "UTC"}},
            ["did you mean schedules.heart.schedule_timezone?"],
        ),
        ({"heart": WEEKLY | {"train_on_upload": False}}, ["train_on_upload: no such setting"]),
        ({"a/b": WEEKLY}, ["schedules.a/b"]),
        (
            {"heart": WEEKLY | {"retrain_unchanged": True, "retrain_when": ["worse"]}},
            ["says when not to"],
        ),
    ],
)
def test_a_wrong_schedule_is_refused_at_synth(schedules: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_context({"schedules": schedules})
    for word in words:
        assert word in str(caught.value)
