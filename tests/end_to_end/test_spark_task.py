"""A job run of EMR Serverless as the task of a state machine, in an application of a template."""

import json
import time
from collections.abc import Iterator

import pytest

from localcloud.cloud import ACCOUNT, REGION, Cloud, temporary
from localcloud.left_running import left_running
from localcloud.permissions import VARIABLE
from tests.end_to_end.test_transform_task import end, role
from tests.localemr.conftest import needs_spark
from tests.permissions.calls import LOG

BUCKET = "spark-bucket"
APPLICATIONS = f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForEMRServerlessJobRule"
NEEDED = {
    f"{APPLICATIONS}/*": [f"emr-serverless:{v}JobRun" for v in ("Start", "Get", "Cancel")],
    RULE: ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
    f"arn:aws:iam::{ACCOUNT}:role/spark-job": ["iam:PassRole"],
}
STUCK = {"resource": "job-run", "name": "stuck*", "outcome": "stuck"}
KILLED = {"resource": "job-run", "name": "killed*", "outcome": "Failed", "reason": "driver killed"}
JOB = """
import sys, boto3
from pyspark.sql import SparkSession
rows = SparkSession.builder.getOrCreate().range(int(sys.argv[1])).count()
boto3.client("s3").put_object(Bucket=sys.argv[2], Key="out/rows", Body=str(rows))
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    (folder / "faults.json").write_text(json.dumps({"resources": [STUCK, KILLED]}))
    options = {"LOCALCLOUD_FAULTS": str(folder / "faults.json"), VARIABLE: str(folder / LOG)}
    with temporary(folder / "cloud", options=options) as running:
        running.client("s3").create_bucket(Bucket=BUCKET)
        running.client("s3").put_object(Bucket=BUCKET, Key="job.py", Body=JOB.encode())
        objects = {f"arn:aws:s3:::{BUCKET}/job.py": ["s3:GetObject"]}
        objects[f"arn:aws:s3:::{BUCKET}/out/*"] = ["s3:PutObject"]
        role(running, "spark-job", "emr-serverless", objects)
        yield running


@pytest.fixture(scope="module")
def application(cloud: Cloud) -> Iterator[str]:
    """Deploy a stack with one application, and remove it in the end."""
    properties = {
        "Name": "ours",
        "Type": "SPARK",
        "ReleaseLabel": "emr-7.12.0",
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": 1},
        "MaximumCapacity": {"Cpu": "64 vCPU", "Memory": "256 GB"},
        "Tags": [{"Key": "project", "Value": "molino"}],
    }
    resource = {"Type": "AWS::EMRServerless::Application", "Properties": properties}
    outputs = {"Id": {"Value": {"Fn::GetAtt": ["Ours", "ApplicationId"]}}}
    stacks, named = cloud.client("cloudformation"), {"StackName": "spark"}
    template = json.dumps({"Resources": {"Ours": resource}, "Outputs": outputs})
    stacks.create_stack(**named, TemplateBody=template)
    stacks.get_waiter("stack_create_complete").wait(**named, WaiterConfig={"Delay": 1})
    (stack,) = stacks.describe_stacks(**named)["Stacks"]
    yield stack["Outputs"][0]["OutputValue"]
    stacks.delete_stack(**named)
    stacks.get_waiter("stack_delete_complete").wait(**named, WaiterConfig={"Delay": 1})
    assert cloud.client("emr-serverless").list_applications()["applications"] == []


def begin(cloud: Cloud, name: str, application: str, allowed: dict[str, list[str]]) -> str:
    """Start a machine of one task, with a role that may do so much."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
        "Parameters": {
            "ApplicationId": application,
            "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/spark-job",
            "Name": name,
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": f"s3://{BUCKET}/job.py",
                    "EntryPointArguments": ["7", BUCKET],
                    "SparkSubmitParameters": "--conf spark.ui.enabled=false",
                }
            },
        },
        "End": True,
    }
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "Run", "States": {"Run": task}}),
        roleArn=role(cloud, name, "states", allowed),
    )["stateMachineArn"]
    return str(states.start_execution(stateMachineArn=machine)["executionArn"])


def job_runs(cloud: Cloud, application: str) -> dict[str, str]:
    runs = cloud.client("emr-serverless").list_job_runs(applicationId=application)["jobRuns"]
    return {run["name"]: run["state"] for run in runs}


def test_an_application_is_as_the_template_says(cloud: Cloud, application: str) -> None:
    client = cloud.client("emr-serverless")
    found = client.get_application(applicationId=application)["application"]
    assert (found["type"], found["tags"]) == ("Spark", {"project": "molino"})
    assert found["maximumCapacity"] == {"cpu": "64 vCPU", "memory": "256 GB"}
    assert found["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 1}


def test_a_failed_job_run_fails_its_task(cloud: Cloud, application: str) -> None:
    done = end(cloud, begin(cloud, "killed", application, NEEDED))
    assert (done["status"], done["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(done["cause"])["StateDetails"] == "driver killed"


def test_a_stopped_execution_cancels_its_job_run(cloud: Cloud, application: str) -> None:
    arn = begin(cloud, "stuck", application, NEEDED)
    while "stuck" not in job_runs(cloud, application):
        time.sleep(0.05)
    (left,) = left_running(cloud)
    assert left.startswith(f"{APPLICATIONS}/{application}/jobruns/")
    cloud.client("stepfunctions").stop_execution(executionArn=arn)
    while job_runs(cloud, application)["stuck"] != "CANCELLED":
        time.sleep(0.05)
    assert left_running(cloud) == []


@pytest.mark.parametrize("resource", NEEDED)
def test_a_role_needs_application_rule_and_passing(
    cloud: Cloud, application: str, resource: str
) -> None:
    allowed = {name: actions for name, actions in NEEDED.items() if name != resource}
    done = end(cloud, begin(cloud, f"without-{resource.split(':')[2]}", application, allowed))
    assert (done["status"], done["error"]) == ("FAILED", "EMRServerless.AccessDeniedException")
    assert f"is not authorized to perform: {NEEDED[resource][0]}" in done["cause"]


@needs_spark
def test_a_driver_has_its_roles_rights_alone(cloud: Cloud, application: str) -> None:
    done = end(cloud, begin(cloud, "counted", application, NEEDED), limit=120)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["State"] == "SUCCESS"
    body = cloud.client("s3").get_object(Bucket=BUCKET, Key="out/rows")["Body"].read()
    assert body == b"7"
