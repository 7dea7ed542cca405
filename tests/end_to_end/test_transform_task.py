"""A transform job as the task of a state machine: what it needs, does and leaves."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.cloud import ACCOUNT, REGION, Cloud, temporary
from localcloud.left_running import left_running
from tests.localsagemaker.conftest import archive, serving

BUCKET = "rows-bucket"
ECHO = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept): return body.upper(), accept
"""
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerTransformJobsRule"
NEEDED = {
    f"{JOBS}/*": [f"sagemaker:{verb}TransformJob" for verb in ("Create", "Describe", "Stop")],
    RULE: ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with temporary(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(scope="module")
def model(cloud: Cloud) -> str:
    """Create a model that reads and writes one bucket, and rows for it."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="in/rows.csv", Body=b"a,b\n")
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive({"code/inference.py": ECHO}))
    objects = {f"arn:aws:s3:::{BUCKET}": ["s3:ListBucket"]}
    objects[f"arn:aws:s3:::{BUCKET}/*"] = ["s3:GetObject", "s3:PutObject"]
    cloud.client("sagemaker").create_model(
        ModelName="echo",
        ExecutionRoleArn=role(cloud, "model", "sagemaker", objects),
        PrimaryContainer=serving(f"s3://{BUCKET}/model.tar.gz"),
    )
    return "echo"


def role(cloud: Cloud, name: str, service: str, allowed: dict[str, list[str]]) -> str:
    iam = cloud.client("iam")
    principal = {"Service": f"{service}.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    rights = [
        {"Effect": "Allow", "Action": actions, "Resource": resource}
        for resource, actions in allowed.items()
    ]
    version = {"Version": "2012-10-17"}
    created = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(version | {"Statement": [trust]})
    )
    policy = json.dumps(version | {"Statement": rights})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return str(created["Role"]["Arn"])


def execution(cloud: Cloud, name: str, model: str, allowed: dict[str, list[str]]) -> dict[str, Any]:
    """Run a machine of one task to its end, with a role that may do so much."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
        "Parameters": {
            "TransformJobName.$": "$$.Execution.Name",
            "ModelName": model,
            "TransformInput": {
                "DataSource": source,
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/{name}", "Accept": "text/csv"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "End": True,
    }
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Transform", "States": {"Transform": task}}),
        roleArn=role(cloud, name, "states", allowed),
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=machine, name=name)["executionArn"]
    return end(cloud, started)


def end(cloud: Cloud, arn: str, limit: float = 30) -> dict[str, Any]:
    """Wait for an execution's end, and return it."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        found: dict[str, Any] = cloud.client("stepfunctions").describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.1)
    raise AssertionError("it did not end in time")


def test_a_task_waits_for_its_transform_job(cloud: Cloud, model: str) -> None:
    done = execution(cloud, "whole", model, NEEDED)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["TransformJobStatus"] == "Completed"
    stored = cloud.client("s3").get_object(Bucket=BUCKET, Key="whole/rows.csv.out")
    assert stored["Body"].read() == b"A,B\n"
    assert [arn for arn in left_running(cloud) if "transform-job" in arn] == []


@pytest.mark.parametrize("resource", NEEDED)
def test_a_role_needs_the_job_and_the_rule(cloud: Cloud, model: str, resource: str) -> None:
    allowed = {name: actions for name, actions in NEEDED.items() if name != resource}
    done = execution(cloud, f"without-{resource.split(':')[2]}", model, allowed)
    assert (done["status"], done["error"]) == ("FAILED", "SageMaker.AmazonSageMakerException")
    assert f"is not authorized to perform: {NEEDED[resource][0]}" in done["cause"]
