"""What the deployed roles are granted, one action on one resource at a time."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from localcloud.ministack_internals import iam_evaluator
from localcloud.session import STACK, Session
from tests.permissions.calls import Call


@dataclass(frozen=True)
class Grant:
    """One action on one resource pattern, allowed to a role or denied.

    ``role`` is its name in the template, without CDK's hash.
    """

    role: str
    effect: str
    action: str
    resource: str
    conditions: str  # JSON

    def statement(self) -> Any:
        """The grant as the local cloud's own evaluator takes it."""
        conditions = json.loads(self.conditions)
        return iam_evaluator.ParsedStatement(
            "", self.effect, [self.action], [], [self.resource], [], conditions
        )


def deployed_grants(session: Session) -> dict[str, list[Grant]]:
    """Return the grants of each role of the stack, by the role's physical name."""
    iam = session.cloud.client("iam")
    pages = session.cloud.client("cloudformation").get_paginator("list_stack_resources")
    resources = (
        found
        for page in pages.paginate(StackName=STACK)
        for found in page["StackResourceSummaries"]
    )
    return {
        role["PhysicalResourceId"]: list(_grants(iam, role))
        for role in resources
        if role["ResourceType"] == "AWS::IAM::Role"
    }


def _grants(iam: Any, role: dict[str, Any]) -> Iterator[Grant]:
    logical = re.sub("[0-9A-F]{8}$", "", role["LogicalResourceId"])
    for document in _documents(iam, role["PhysicalResourceId"]):
        for statement in document["Statement"]:
            conditions = json.dumps(statement.get("Condition", {}))
            pairs = product(_many(statement["Action"]), _many(statement["Resource"]))
            for action, resource in pairs:
                yield Grant(logical, statement["Effect"], action, resource, conditions)


def _documents(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield found["PolicyVersion"]["Document"]


def allows(grants: Iterable[Grant], call: Call) -> bool:
    """Ask the local cloud's evaluator whether a role with these grants may make a call."""
    parts = call.resource.split(":")
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::000000000000:assumed-role/{call.role}/x",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=call.action,
        resource_arn=call.resource,
        region=parts[3] if len(parts) > 3 else "",
        secure_transport=True,
        service_context=call.condition_keys,
    )
    return (
        iam_evaluator.evaluate(context, [[grant.statement() for grant in grants]]).decision
        == "Allow"
    )


def needed_by(grants: list[Grant], calls: Iterable[Call]) -> dict[Grant, set[Call]]:
    """Return for each allowed grant the calls that are refused without it, by re-evaluation."""
    asked: dict[Grant, set[Call]] = {grant: set() for grant in grants if grant.effect == "Allow"}
    for call in calls:
        if not call.allowed:
            continue
        assert allows(grants, call), call  # evaluated here as it was when it was made
        for grant, needing in asked.items():
            others = [other for other in grants if other is not grant]
            if grant.action.lower() == call.action.lower() and not allows(others, call):
                needing.add(call)
    return asked


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
