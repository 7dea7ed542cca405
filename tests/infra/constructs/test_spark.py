"""Spark in the template: there when set, and only then; limited, isolated, logged, cleaned up."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.app import synthesize
from infra.packaging.locks import EMR
from infra.workflow.state_machine import SPARK_PROPERTIES
from lambdas.preprocess.spark_request import MOST_MINUTES, MOST_VCPUS
from lambdas.shared.job_runs import APPLICATION

Resources = dict[str, dict[str, Any]]
SETTINGS = {"spark": "true", "spark_max_vcpus": "32", "spark_max_runtime_minutes": "90"}
NETWORK = {"subnet_ids": ["subnet-0123abcd"], "security_group_ids": ["sg-0123abcd"]}


@pytest.fixture(scope="module")
def with_spark(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    folder: Path = synthesize(SETTINGS | NETWORK, str(tmp_path_factory.mktemp("spark")))
    found: Resources = json.loads((folder / "Molino.template.json").read_text())["Resources"]
    return found


def named(resources: Resources, kind: str, part: str) -> dict[str, Any]:
    (found,) = [
        each["Properties"]
        for name, each in resources.items()
        if each["Type"] == kind and name.startswith(part)
    ]
    return dict(found)


def actions(resources: Resources, part: str) -> set[str]:
    (policy,) = named(resources, "AWS::IAM::Role", part)["Policies"]
    found: set[str] = set()
    for each in policy["PolicyDocument"]["Statement"]:
        found |= {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
    return {action for action in found if action.startswith("emr-serverless:")}


def test_without_the_setting_there_is_nothing_of_it(resources: Resources) -> None:
    text = json.dumps(resources)
    assert "emr-serverless" not in text
    assert "EMRServerless" not in text
    assert APPLICATION not in text
    assert MOST_VCPUS not in text


def test_the_application_is_limited_and_rests_when_idle(with_spark: Resources) -> None:
    application = named(with_spark, "AWS::EMRServerless::Application", "Spark")
    assert application["MaximumCapacity"] == {"Cpu": "32 vCPU", "Memory": "128 GB"}
    assert application["AutoStopConfiguration"]["Enabled"] is True
    assert "InitialCapacity" not in application  # which is billed while it rests
    assert application["NetworkConfiguration"] == {
        "SubnetIds": NETWORK["subnet_ids"],
        "SecurityGroupIds": NETWORK["security_group_ids"],
    }


def test_who_starts_finds_and_cancels_jobs_may_do_that_alone(with_spark: Resources) -> None:
    of = "emr-serverless:"
    found = {part: actions(with_spark, part) for part in ("WorkflowRole", "Teardown", "Janitor")}
    assert found == {
        "WorkflowRole": {f"{of}StartJobRun", f"{of}GetJobRun", f"{of}TagResource"},
        "Teardown": {f"{of}ListJobRuns", f"{of}CancelJobRun"},
        "Janitor": {f"{of}ListJobRuns", f"{of}CancelJobRun", f"{of}ListTagsForResource"},
    }
    others = [
        name
        for name, each in with_spark.items()
        if each["Type"] == "AWS::IAM::Role"
        and not name.startswith((*found, "Spark"))
        and "emr-serverless" in json.dumps(each)
    ]
    assert others == []


def test_the_functions_know_of_it(with_spark: Resources) -> None:
    def environment(part: str) -> dict[str, Any]:
        found = named(with_spark, "AWS::Lambda::Function", part)["Environment"]["Variables"]
        return dict(found)

    assert environment("Preprocess")[MOST_VCPUS] == "32"
    assert environment("Preprocess")[MOST_MINUTES] == "90"
    for part in ("Teardown", "Janitor"):
        assert list(environment(part)[APPLICATION]) == ["Ref"]


def test_jobs_run_the_python_that_their_packages_are_for() -> None:
    pythons = {value for name, value in SPARK_PROPERTIES.items() if name.endswith("PYTHON")}
    assert pythons == {f"/usr/bin/python{EMR.python}"}
