"""What executions need that began before an upgrade is still there after it."""

import json
import re
from typing import Any

import pytest

Resources = dict[str, dict[str, Any]]


MACHINES = ("Molino", "Molino-predict")


def _machine(resources: Resources, name: str) -> dict[str, Any]:
    (machine,) = (
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
        and resource["Properties"]["StateMachineName"] == name
    )
    return machine


@pytest.mark.parametrize("name", MACHINES)
def test_a_definition_invokes_versions_that_outlive_an_update(
    resources: Resources, name: str
) -> None:
    machine = _machine(resources, name)
    invoked = set(re.findall(r"\$\{(\w+Arn)\}", machine["DefinitionString"]))
    functions = {
        function: value["Ref"]
        for function, value in machine["DefinitionSubstitutions"].items()
        if function in invoked and "Ref" in value and "Function" in value["Ref"]
    }
    assert functions
    called = re.findall(r'"FunctionName": "\$\{(\w+)\}"', machine["DefinitionString"])
    assert set(called) == functions.keys()
    for function, reference in functions.items():
        version = resources[reference]
        assert version["Type"] == "AWS::Lambda::Version", function
        # Retained: CloudFormation would delete it once the definition names the next one.
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("name", MACHINES)
def test_a_state_machine_may_invoke_every_version_and_nothing_else(
    resources: Resources, name: str
) -> None:
    role = resources[_machine(resources, name)["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
    (allowed,) = (
        statement["Resource"]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction"
    )
    for resource in allowed:
        (function, suffix) = resource["Fn::Join"][1]
        assert resources[function["Fn::GetAtt"][0]]["Type"] == "AWS::Lambda::Function"
        assert suffix == ":*"


def test_jobs_may_read_code_of_any_version_but_no_other_assets(resources: Resources) -> None:
    """The keys are hashes, which an upgrade changes; other apps' Lambdas are ``.zip``."""
    reading = {
        name: sorted(set(re.findall(r'assets-[^"]*", ?"/(\*\.\w+)"|/(\*\.\w+)"', text)))
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role" and "cdk-" in (text := json.dumps(resource))
    }
    endings = {
        name: {ending for found in each for ending in found if ending}
        for name, each in reading.items()
    }
    assert sorted(map(sorted, endings.values())) == [["*.gz"], ["*.pyz"]]
