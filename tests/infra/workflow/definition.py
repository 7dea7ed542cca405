"""The state machine as deployed, for tests: sample names filled in, and JSONata evaluated."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import TRAINING, Story
from localcloud.ministack_internals import stepfunctions
from tests.contracts import PREPARED
from tests.handlers import HANDLERS

ACCOUNT, REGION = "123456789012", "eu-west-1"
NAMES = {
    **{
        f"{name}Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Molino-{name}"
        for name in map(str.capitalize, HANDLERS)
    },
    "Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    "EntryPointUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/21fa.py",
    "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f3b3c1e-1111-2222-3333-444455556666",
    "PackageFile": "7ac1.pyz",
    "PackageUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/7ac1.pyz",
    "Partition": "aws",
    "ProcessingRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Molino-ProcessingRole",
    "Region": REGION,
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Molino-TrainingRole",
    "SourceAutoFile": "66bb.tar.gz",
    "SourceAutoUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/66bb.tar.gz",
    "SourceFile": "5f2d.tar.gz",
    "SourceUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/5f2d.tar.gz",
    "SparkApplicationId": "00fabcdefgh12345",
    "SparkLogGroup": "Molino-SparkLog",
    "SparkPackageUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/33ca.tgz",
    "SparkRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Molino-SparkRole",
    "SourceXgboostFile": "77aa.tar.gz",
    "SourceXgboostUri": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/77aa.tar.gz",
    "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:Molino-Topic",
}
WITH_SPARK = Settings(spark=True)  # has every state that there can be
TUNED = PREPARED | {
    "tuning": {
        "name": "molino-breast-0123456789",
        "config": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {
                "Type": "Minimize",
                "MetricName": "validation:log_loss",
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 20,
                "MaxParallelTrainingJobs": 2,
                "MaxRuntimeInSeconds": 36_000,
            },
            "RandomSeed": 0,
            "ParameterRanges": {
                "IntegerParameterRanges": [
                    {
                        "Name": "min_samples_leaf",
                        "MinValue": "1",
                        "MaxValue": "20",
                        "ScalingType": "Logarithmic",
                    }
                ],
            },
            "TrainingJobEarlyStoppingType": "Auto",
        },
    }
}
CONTEXT = {
    "Execution": {
        "Id": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Molino:run",
        "Name": "breast-cancer-2026-0123456789abcdef",
        "StartTime": "2026-11-24T03:00:00.000Z",
        "RedriveCount": 12,
        "Input": {"bucket": "molino-bucket", "key": "incoming/x/data.csv", "version_id": "v"},
    },
    "State": {"Name": "Any", "RetryCount": 10},
    "Task": {"Token": "AQCEAAAAKgAAAAMAAAAA"},
    "StateMachine": {"Id": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Molino"},
}


def deployed(settings: Settings | None = None, story: Story = TRAINING) -> dict[str, Any]:
    """Return a definition with sample names in place of what CloudFormation fills in."""
    text = json.dumps(definition(settings or Settings(), story))
    for name, value in NAMES.items():
        text = text.replace(f"${{{name}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state, those inside a Map included."""
    for name, state in machine["States"].items():
        yield name, state
        if state["Type"] == "Map":
            yield from states(state["ItemProcessor"])


def tasks(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every task, those inside a Map included."""
    return ((name, state) for name, state in states(machine) if state["Type"] == "Task")


def variables(machine: dict[str, Any], prepared: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that stand before Train, for a given outcome of Preprocess."""
    known: dict[str, Any] = {}
    answers = {"Preprocess upload": prepared, "Find champion": {"champion": None}}
    before = ("Start", *answers, "Define training job", "Choose training instance")
    for name in before:
        assign = machine["States"][name]["Assign"]
        known |= evaluate(assign, known, result={"Payload": answers.get(name)})
    return known


def evaluate(
    template: Any,
    variables: dict[str, Any],
    *,
    result: Any = None,
    state_input: Any = None,
    context: Mapping[str, Any] = CONTEXT,
) -> Any:
    """Evaluate every ``{% %}`` in ``template``; raise where a result is missing, as AWS does."""
    context = {**context, "variables": variables}
    return stepfunctions.apply_jsonata_template(template, state_input or {}, context, result)
