"""parliament, which knows every action, its resources and its conditions, reads all policies."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

_HERE = {"AWS::Partition": "aws", "AWS::AccountId": "123456789012", "AWS::Region": "eu-west-1"}
_ACCOUNT = "eu-west-1:123456789012"
# What stands for a resource's ARN, or its Ref where that is an ARN.
_ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/r",
    "AWS::KMS::Key": f"arn:aws:kms:{_ACCOUNT}:key/0f3b3c1e-1111-2222-3333-444455556666",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_ACCOUNT}:function:f",
    "AWS::Lambda::Version": f"arn:aws:lambda:{_ACCOUNT}:function:f:1",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_ACCOUNT}:log-group:g:*",
    "AWS::S3::Bucket": "arn:aws:s3:::bucket",
    "AWS::SNS::Topic": f"arn:aws:sns:{_ACCOUNT}:t",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_ACCOUNT}:q",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_ACCOUNT}:stateMachine:m",
}
# An action may have resources of several types; parliament wants each of them named.
KNOWN = {
    ("AdmissionRole", "RESOURCE_MISMATCH", "states:ListExecutions"): "of state machines, not runs",
    ("SchedulesRetrainRole", "RESOURCE_MISMATCH", "states:ListExecutions"): "the same",
    ("JanitorRole", "RESOURCE_MISMATCH", "states:DescribeExecution"): "of standard executions",
}
Resources = dict[str, dict[str, Any]]


def _ref(name: str, resources: Resources) -> str:
    return _HERE.get(name) or _ARNS.get(resources.get(name, {}).get("Type", ""), "name")


# CloudFormation's functions, by what they might give.
_FUNCTIONS: dict[str, Callable[[Any, Resources], str]] = {
    "Ref": _ref,
    "Fn::GetAtt": lambda given, resources: _ARNS[resources[given[0]]["Type"]],
    "Fn::Join": lambda given, resources: "".join(map(str, _filled(given[1], resources))),
    "Fn::FindInMap": lambda *_: _HERE["AWS::AccountId"],
    "Fn::Sub": lambda given, _: re.sub(r"\$\{([\w:]+)\}", lambda found: _HERE[found[1]], given),
    "Fn::Select": lambda *_: "part",
}


def _filled(node: Any, resources: Resources) -> Any:
    """Return a part of the template with its functions replaced by what they might give."""
    if isinstance(node, list):
        return [_filled(each, resources) for each in node]
    if not isinstance(node, dict):
        return node
    for name, given in node.items():
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](given, resources)
    return {name: _filled(each, resources) for name, each in node.items()}


def _findings(role: str, document: dict[str, Any]) -> set[tuple[str, str, str]]:
    from parliament import analyze_policy_string  # takes seconds, which each worker would spend

    return {
        (role, found.issue, (re.findall(r"\w+:\w+", str(found.detail)) or [str(found.detail)])[0])
        for found in analyze_policy_string(json.dumps(document)).findings
    }


def test_parliament_finds_nothing_but_what_is_known(resources: Resources) -> None:
    found: set[tuple[str, str, str]] = set()
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            role = re.sub("[0-9A-F]{8}$", "", name)
            for policy in resource["Properties"].get("Policies", []):
                found |= _findings(role, _filled(policy["PolicyDocument"], resources))
    assert found == KNOWN.keys()


@pytest.mark.parametrize(
    ("action", "resource", "issue"),
    [
        ("s3:GetObjekt", "arn:aws:s3:::b/*", "UNKNOWN_ACTION"),
        ("s3:GetObject", "arn:aws:s3:::b", "RESOURCE_MISMATCH"),
    ],
)
def test_a_slip_is_found(action: str, resource: str, issue: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert {kind for _, kind, _ in _findings("role", document)} == {issue}
