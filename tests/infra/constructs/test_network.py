"""With subnets set everything runs in them, and its roles may do what that needs; else nothing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.app import synthesize
from infra.constructs.network import INTERFACES
from infra.settings import Settings, SettingsError

SUBNETS, GROUPS = (
    ("subnet-0123456789abcdef0", "subnet-1123456789abcdef0"),
    ("sg-0123456789abcdef0",),
)
IN_VPC = Settings(subnet_ids=SUBNETS, security_group_ids=GROUPS)
WITH_ENDPOINTS = {
    "subnet_ids": ",".join(SUBNETS),
    "security_group_ids": ",".join(GROUPS),
    "vpc_id": "vpc-0123456789abcdef0",
    "route_table_ids": "rtb-0123456789abcdef0",
}
# How services that a Lambda's role names are reached: by an endpoint, or not from its code at all.
REACHED_BY = {
    "application-autoscaling": "application-autoscaling",
    "cloudwatch": "monitoring",
    "events": "events",
    "s3": "s3",
    "sagemaker": "sagemaker.api",
    "sagemaker:InvokeEndpoint": "sagemaker.runtime",
    "scheduler": "scheduler",
    "sns": "sns",
    "states": "states",
    "kms": None,  # S3 and SNS ask for it
    "logs": None,  # Lambda itself writes logs,
    "xray": None,  # sends traces,
    "ec2": None,  # makes network interfaces,
    "sqs": None,  # and hands on what failed
    "iam": None,  # a role is passed, not called
    "ecr": None,  # SageMaker looks at a model's image
}
Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    found = synthesize(WITH_ENDPOINTS, str(tmp_path_factory.mktemp("vpc")))
    resources: Resources = json.loads((found / "Molino.template.json").read_text())["Resources"]
    return resources


def of_type(resources: Resources, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((k, found["Properties"]) for k, found in resources.items() if found["Type"] == kind)


def statements(role: dict[str, Any]) -> Iterator[tuple[str, set[str], Any]]:
    for policy in role.get("Policies", ()):
        for found in policy["PolicyDocument"]["Statement"]:
            actions = found["Action"]
            as_set = {actions} if isinstance(actions, str) else set(actions)
            yield found["Effect"], as_set, found.get("Condition")


def test_every_function_is_in_the_vpc(inside: Resources) -> None:
    functions = dict(of_type(inside, "AWS::Lambda::Function"))
    assert functions
    for function in functions.values():
        assert function["VpcConfig"] == {"SubnetIds": [*SUBNETS], "SecurityGroupIds": [*GROUPS]}


def test_whatever_is_in_the_vpc_may_have_interfaces_but_no_functions_code(
    inside: Resources,
) -> None:
    for name, role in of_type(inside, "AWS::IAM::Role"):
        principal = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        found = [each for each in statements(role) if "ec2:CreateNetworkInterface" in each[1]]
        effects = [effect for effect, _, _ in found]
        if principal == {"Service": "lambda.amazonaws.com"}:
            assert effects == ["Allow", "Deny"], name
            (_, allowed, _), (_, denied, condition) = found
            assert denied == {action for action in allowed if action.startswith("ec2:")}
            assert condition == {"Null": {"lambda:SourceFunctionArn": "false"}}
        else:
            is_job = principal == {"Service": "sagemaker.amazonaws.com"}
            assert effects == ["Allow"] * is_job, name


def test_every_service_that_lambdas_call_has_an_endpoint(inside: Resources) -> None:
    needed = set()
    for _, role in of_type(inside, "AWS::IAM::Role"):
        principal = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        if principal == {"Service": "lambda.amazonaws.com"}:
            actions = set().union(*(found for _, found, _ in statements(role)))
            needed |= {REACHED_BY.get(each, REACHED_BY[each.split(":")[0]]) for each in actions}
    made = dict(of_type(inside, "AWS::EC2::VPCEndpoint")).values()
    names = {json.dumps(each["ServiceName"]).rsplit('}, ".', 1)[-1].rstrip('"]}') for each in made}
    assert names == needed - {None} == {*INTERFACES, "s3"}
    for endpoint in made:
        assert endpoint["VpcId"] == WITH_ENDPOINTS["vpc_id"]
        assert endpoint["VpcEndpointType"] == "Gateway" or endpoint["PrivateDnsEnabled"] is True
    assert not list(of_type(inside, "AWS::EC2::NatGateway"))


def test_the_page_names_each_endpoint() -> None:
    page = (Path(__file__).parents[3] / "docs" / "security-and-privacy.md").read_text()
    assert set(re.findall(r"com\.amazonaws\.<region>\.([a-z0-9.-]+)", page)) == {*INTERFACES, "s3"}


def test_without_subnets_nothing_knows_of_networks(resources: Resources) -> None:
    text = json.dumps(resources)
    assert not [word for word in ("VpcConfig", "ec2:", "AWS::EC2") if word in text]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"subnet_ids": "subnet-01234567"}, "give both or none"),
        ({"security_group_ids": "sg-01234567"}, "give both or none"),
        ({"subnet_ids": "here", "security_group_ids": "sg-01234567"}, "subnet_ids"),
        ({"vpc_id": "vpc-01234567"}, "vpc_id needs"),
        ({**WITH_ENDPOINTS, "route_table_ids": ""}, "route_table_ids"),
        ({**WITH_ENDPOINTS, "endpoint_kind": "serverless"}, "can be in no VPC"),
    ],
)
def test_half_a_network_is_refused(wrong: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings.from_context(wrong)
