"""A budget that tells and stops, and a record of access: there when set, and only then."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.app import synthesize
from infra.settings import Settings, SettingsError
from infra.workflow.stories import STORIES
from lambdas.shared import own_metrics
from lambdas.shared.names.legal import dataset_slug
from tests.docs.blocks import PROJECT
from tests.infra.constructs.test_schedules import WEEKLY
from tests.infra.workflow.definition import WITH_SPARK, deployed, tasks

WATCHED = {
    "monthly_budget_usd": "50",
    "budget_stops_jobs": "true",
    "record_data_access": "true",
    "watched_datasets": "heart,número 2",
}
SERVICES = {"emrserverless": "emr-serverless"}  # by their names in a state
Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    settings = WATCHED | {"schedules": {"heart": WEEKLY}}
    folder: Path = synthesize(settings, str(tmp_path_factory.mktemp("watched")))
    found: Resources = json.loads((folder / "Molino.template.json").read_text())["Resources"]
    return found


def one(resources: Resources, kind: str, part: str = "") -> dict[str, Any]:
    (found,) = [
        resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind and name.startswith(part)
    ]
    return dict(found)


def named(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    (found,) = [each for each in policy["Statement"] if each.get("Sid") == sid]
    return dict(found)


def test_without_settings_there_is_nothing_of_it(resources: Resources) -> None:
    kinds = {resource["Type"] for resource in resources.values()}
    assert not [kind for kind in kinds if "Budget" in kind or "CloudTrail" in kind]
    assert "budgets.amazonaws.com" not in json.dumps(resources)


def test_the_budget_counts_this_stacks_jobs_and_tells_the_topic(watched: Resources) -> None:
    budget = one(watched, "AWS::Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50.0, "Unit": "USD"}
    (tag,) = budget["Budget"]["CostFilters"]["TagKeyValue"]
    assert tag == "user:molino:stack$Molino"
    tags = {
        tag["Key"]: tag["Value"]
        for tag in deployed()["States"]["Preprocess upload"]["Assign"]["tags"]
    }
    assert tags["molino:stack"] == "Molino"
    told = {
        each["Notification"]["Threshold"]: each for each in budget["NotificationsWithSubscribers"]
    }
    assert set(told) == {80, 100}
    for notification in told.values():
        (subscriber,) = notification["Subscribers"]
        assert watched[subscriber["Address"]["Ref"]]["Type"] == "AWS::SNS::Topic"


def test_budgets_may_publish_to_the_encrypted_topic(watched: Resources) -> None:
    topic = named(one(watched, "AWS::SNS::TopicPolicy")["PolicyDocument"], "Budget")
    assert topic["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert set(topic["Condition"]) == {"ArnLike", "StringEquals"}
    key = named(one(watched, "AWS::KMS::Key")["KeyPolicy"], "BudgetsMessages")
    assert set(key["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_a_spent_budget_takes_every_right_to_start_what_costs(watched: Resources) -> None:
    action = one(watched, "AWS::Budgets::BudgetsAction")
    assert action["ApprovalModel"] == "AUTOMATIC"
    applied = action["Definition"]["IamActionDefinition"]
    policy = watched[applied["PolicyArn"]["Ref"]]["Properties"]["PolicyDocument"]
    (denied,) = policy["Statement"]
    assert (denied["Effect"], denied["Resource"]) == ("Deny", "*")
    started = {
        f"{SERVICES.get(service, service)}:{verb[:1].upper()}{verb[1:]}"
        for story in STORIES
        for _, state in tasks(deployed(WITH_SPARK, story))
        for *_, service, verb in [state["Resource"].split(".")[0].split(":")]
        if verb.startswith(("create", "start"))
    }
    # Models and configurations cost nothing.
    assert set(denied["Action"]) == started - {
        *("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig"),
    }
    roles = {role["Ref"] for role in applied["Roles"]}
    starting = {
        name
        for name, resource in watched.items()
        if resource["Type"] == "AWS::IAM::Role"
        and any(f'"{each}"' in json.dumps(resource["Properties"]) for each in denied["Action"])
    }
    assert roles == starting
    (may,) = one(watched, "AWS::IAM::Role", "BudgetActionRole")["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
    assert may["Condition"] == {"ArnEquals": {"iam:PolicyARN": applied["PolicyArn"]}}
    assert {role["Fn::GetAtt"][0] for role in may["Resource"]} == roles


def test_access_to_objects_is_recorded_encrypted_and_signed(watched: Resources) -> None:
    trail = one(watched, "AWS::CloudTrail::Trail")
    assert trail["IsLogging"] is trail["EnableLogFileValidation"] is True
    assert watched[trail["KMSKeyId"]["Fn::GetAtt"][0]]["Type"] == "AWS::KMS::Key"
    (selector,) = trail["AdvancedEventSelectors"]
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    assert fields["eventCategory"]["Equals"] == ["Data"]
    (watched_arn,) = fields["resources.ARN"]["StartsWith"]
    assert "StorageBucket" in json.dumps(watched_arn)
    assert trail["S3BucketName"]["Ref"].startswith("DataAccessBucket")
    record = one(watched, "AWS::S3::Bucket", "DataAccessBucket")
    assert set(record["PublicAccessBlockConfiguration"].values()) == {True}
    policy = one(watched, "AWS::S3::BucketPolicy", "DataAccess")["PolicyDocument"]
    for sid in ("CloudTrailLooks", "CloudTrailWrites"):
        arn = json.dumps(named(policy, sid)["Condition"]["StringEquals"]["aws:SourceArn"])
        assert f"trail/{trail['TrailName']}" in arn


def test_stopping_needs_a_budget() -> None:
    with pytest.raises(SettingsError, match="budget_stops_jobs needs monthly_budget_usd"):
        Settings.from_context({"budget_stops_jobs": True})


def test_a_watched_dataset_has_two_alarms_and_costs_what_the_page_says(
    watched: Resources, resources: Resources
) -> None:
    def alarms(found: Resources) -> dict[str, Any]:
        return {
            each["Properties"]["AlarmName"]: each["Properties"]
            for each in found.values()
            if each["Type"] == "AWS::CloudWatch::Alarm"
        }

    added = {
        name: alarm for name, alarm in alarms(watched).items() if name not in alarms(resources)
    }
    slugs = ["heart", dataset_slug("número 2")]
    assert added.keys() == {
        f"Molino-{name}-{slug}" for slug in slugs for name in ("DatasetDrifted", "DatasetWorse")
    }
    for name, alarm in added.items():
        dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        assert dimensions == {"dataset": name.split("-", 2)[2], "service": "health"}
        assert alarm["TreatMissingData"] == "ignore"
        assert alarm["AlarmDescription"].endswith(f"operations.md#{name.split('-')[1].lower()}")
    environment = one(watched, "AWS::Lambda::Function", "Health")["Environment"]["Variables"]
    assert environment["WATCHED_DATASETS"].split() == slugs
    page = (PROJECT / "docs" / "costs.md").read_text(encoding="utf-8")
    table = page.split("## A watched dataset")[1].split("\n## ")[0]
    cents = {"metrics": 30, "alarms": 10}  # as in test_idle_cost.py
    counts = {"metrics": len(own_metrics.WATCHED), "alarms": len(added) // len(slugs)}
    for what, count in counts.items():
        assert re.search(rf"\| {count} {what}[^|]* \| {count * cents[what] / 100:.2f} \|", table)
    total = sum(counts[what] * cents[what] for what in counts) / 100
    assert f"| **{total:.2f}** |" in table
