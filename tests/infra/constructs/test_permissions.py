"""Roles may do what they need and no more."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.constructs.job_role import decrypts_code
from infra.constructs.registry import SERVING
from infra.workflow.stories import ACTUALS, PREDICTION, TRAINING, Story
from lambdas.shared.names.legal import group_name, resource_name, serving_name
from tests.handlers import HANDLERS
from tests.infra.workflow.definition import deployed, tasks

Resources = dict[str, dict[str, Any]]

# What AWS can't limit to a resource, and why (Service Authorization Reference).
EVERYWHERE = {
    "xray:PutTraceSegments": "X-Ray has no trace resources",
    "xray:PutTelemetryRecords": "X-Ray has no trace resources",
    "xray:GetSamplingRules": "X-Ray lists the rules of the account",
    "xray:GetSamplingTargets": "X-Ray lists the rules of the account",
    "ecr:GetAuthorizationToken": "a registry token is for the account",
    "states:SendTaskFailure": "a task's token is no resource",
    "states:SendTaskSuccess": "a task's token is no resource",
    "cloudwatch:PutMetricData": "metrics are no resources; limited to namespaces",
    "logs:CreateLogDelivery": "log deliveries are no resources",
    "logs:GetLogDelivery": "log deliveries are no resources",
    "logs:UpdateLogDelivery": "log deliveries are no resources",
    "logs:DeleteLogDelivery": "log deliveries are no resources",
    "logs:ListLogDeliveries": "log deliveries are no resources",
    "logs:PutResourcePolicy": "log resource policies are the account's",
    "logs:DescribeResourcePolicies": "log resource policies are the account's",
    "logs:DescribeLogGroups": "Step Functions looks for its group among all",
    **{
        f"sagemaker:List{kind}": "a list has no resource"
        for kind in (
            *("EndpointConfigs", "Endpoints", "HyperParameterTuningJobs", "Models"),
            *("ModelPackages", "ProcessingJobs", "TrainingJobs", "TransformJobs"),
        )
    },
}


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def roles(resources: Resources) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the roles that services take on; tests/end_to_end/test_access.py tries people's."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role" and not name.startswith("Access"):
            properties = resource["Properties"]
            assert "ManagedPolicyArns" not in properties, name
            (policy,) = properties["Policies"]
            yield name, policy["PolicyDocument"]["Statement"]


def role_of(resources: Resources, part: str) -> list[dict[str, Any]]:
    (statements,) = [found for name, found in roles(resources) if name.startswith(part)]
    return statements


def test_roles_hold_their_policies_themselves(resources: Resources) -> None:
    elsewhere = [
        name
        for name, resource in resources.items()
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    ]
    assert sorted(re.sub("[0-9A-F]{8}$", "", name) for name in elsewhere) == [
        "AccessReadsReports",
        "AccessUploads",
    ]
    assert len(list(roles(resources))) == len(HANDLERS) + 6  # of jobs, state machines, schedules


def test_no_action_is_a_wildcard(resources: Resources) -> None:
    for name, statements in roles(resources):
        for statement in statements:
            for action in many(statement["Action"]):
                assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), (name, action)


def test_only_what_aws_cannot_limit_is_allowed_everywhere(resources: Resources) -> None:
    used = set()
    for name, statements in roles(resources):
        for statement in statements:
            if "*" in many(statement["Resource"]):
                actions = set(many(statement["Action"]))
                assert actions <= EVERYWHERE.keys(), name
                used |= actions
    assert used == EVERYWHERE.keys()  # a reason nobody needs is out of date


def test_metrics_are_limited_to_sagemakers_namespaces(resources: Resources) -> None:
    for role in ("ProcessingRole", "TrainingRole"):
        (statement,) = [
            found
            for found in role_of(resources, role)
            if "cloudwatch:PutMetricData" in many(found["Action"])
        ]
        condition = {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}
        assert statement["Condition"] == condition


def test_processing_jobs_may_not_touch_models_or_reports(resources: Resources) -> None:
    statements = role_of(resources, "ProcessingRole")
    written = [found for found in statements if "s3:PutObject" in many(found["Action"])]
    keys = [each["Fn::Join"][1][-1] for found in written for each in many(found["Resource"])]
    assert keys == ["/datasets/*", "/predictions/*"]


def test_roles_go_to_the_service_that_needs_them_alone(resources: Resources) -> None:
    passing = [
        (name, statement)
        for name, statements in roles(resources)
        for statement in statements
        if "iam:PassRole" in many(statement["Action"])
    ]
    found = {}
    for name, statement in passing:
        passed = [given["Fn::GetAtt"][0] for given in many(statement["Resource"])]
        (service,) = statement["Condition"].pop("StringEquals").values()
        assert statement["Condition"] == {}
        found[name.split("Role")[0]] = service, [re.sub("[0-9A-F]{8}$", "", r) for r in passed]
    assert found == {
        "Workflow": ("sagemaker.amazonaws.com", ["ProcessingRole", "TrainingRole"]),
        "PredictWorkflow": ("sagemaker.amazonaws.com", ["ProcessingRole", "TrainingRole"]),
        "Keep": ("sagemaker.amazonaws.com", ["TrainingRole"]),
        "SchedulesSchedule": ("scheduler.amazonaws.com", ["SchedulesSchedulerRole"]),
    }


def test_no_service_takes_a_role_on_for_another_account(resources: Resources) -> None:
    found = [each for each in resources.values() if each["Type"] == "AWS::IAM::Role"]
    for role in (each["Properties"] for each in found):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if "Service" in statement["Principal"]:
                # Nothing promises that Lambda says for whom it acts: demanded, it might never act.
                is_lambda = statement["Principal"]["Service"] == "lambda.amazonaws.com"
                operator = "StringEqualsIfExists" if is_lambda else "StringEquals"
                here = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                assert statement["Condition"][operator] == here


def test_sagemaker_resources_are_ours_by_name(resources: Resources) -> None:
    for name, statements in roles(resources):
        for statement in statements:
            limited = set(many(statement["Action"])) - EVERYWHERE.keys()
            if any(action.startswith("sagemaker:") for action in limited):
                for resource in many(statement["Resource"]):
                    if resource != "*":  # see EVERYWHERE
                        named = str(resource["Fn::Join"][1][-1]).rpartition("/")[2]
                        assert named in ("molino-*", SERVING), name


def test_what_serves_champions_is_kept_apart(resources: Resources) -> None:
    execution = resource_name("kept", "execution")
    kept = serving_name(group_name("bucket", "ward 3"), 12)
    assert fnmatchcase(kept, SERVING)
    assert not fnmatchcase(execution, SERVING)
    deletes = {f"sagemaker:Delete{kind}" for kind in ("Endpoint", "EndpointConfig", "Model")}
    for role in ("TeardownRole", "JanitorRole"):
        (denied,) = [found for found in role_of(resources, role) if found["Effect"] == "Deny"]
        assert set(denied["Action"]) == deletes
    for statement in role_of(resources, "KeepRole"):
        if deletes & set(many(statement["Action"])):
            for resource in many(statement["Resource"]):
                assert str(resource["Fn::Join"][1][-1]).endswith(SERVING)


@pytest.mark.parametrize(
    ("story", "role", "job"),
    [
        (TRAINING, "WorkflowRole", "ProcessingJob"),
        (PREDICTION, "PredictWorkflowRole", "TransformJob"),
        (ACTUALS, "ActualsWorkflowRole", None),
    ],
    ids=["training", "prediction", "comparison"],
)
def test_a_state_machine_may_do_what_its_tasks_do(
    resources: Resources, story: Story, role: str, job: str | None
) -> None:
    allowed = {
        action for statement in role_of(resources, role) for action in many(statement["Action"])
    }
    for name, state in tasks(deployed(story=story)):
        *_, service, verb = state["Resource"].split(":")
        verb = verb.split(".")[0]
        needed = {"lambda": "InvokeFunction"}.get(service, verb[:1].upper() + verb[1:])
        assert f"{service}:{needed}" in allowed, name
    if job is None:  # it makes nothing at SageMaker
        services = {action.split(":")[0] for action in allowed}
        assert services == {"events", "kms", "lambda", "logs", "sns", "xray"}
        return
    assert {
        "sagemaker:AddTags", f"sagemaker:Describe{job}", f"sagemaker:Stop{job}",
        "events:PutRule", "events:PutTargets", "events:DescribeRule",
        "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt",
    } <= allowed  # fmt: skip


def test_the_key_serves_services_for_this_account_only(resources: Resources) -> None:
    (key,) = [found for found in resources.values() if found["Type"] == "AWS::KMS::Key"]
    for statement in key["Properties"]["KeyPolicy"]["Statement"]:
        if "Service" in statement["Principal"]:
            assert statement["Condition"]
            assert not [action for action in many(statement["Action"]) if "*" in action]


def test_data_is_read_and_written_by_folder(resources: Resources) -> None:
    for name, statements in roles(resources):
        for statement in statements:
            actions = set(many(statement["Action"]))
            if actions & {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"}:
                for resource in many(statement["Resource"]):
                    tail = str(resource["Fn::Join"][1][-1])
                    assert (
                        re.fullmatch(r"/(\w+/\*|[0-9a-f]{64}\.(tar\.gz|zip))", tail)
                        or ":s3:::" not in tail
                    ), name
                    assert tail not in {"/*", "*"}, name


@pytest.mark.parametrize("key", [None, "arn:aws:kms:eu-west-1:123456789012:key/k"])
def test_jobs_decrypt_their_code_with_the_accounts_own_key(key: str | None) -> None:
    found = [statement.to_statement_json() for statement in decrypts_code(key)]
    wanted = {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key}
    assert found == ([wanted] if key else [])
