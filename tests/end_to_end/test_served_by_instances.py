"""A champion on instances: scaled, captured, replaced by blue/green, and ended with all it has."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lambdas.shared.names.legal import serving_name
from localcloud.session import Session
from tests.contracts import INSTANCE
from tests.end_to_end import datasets
from tests.end_to_end.serve import first_version_for, serve
from tests.end_to_end.test_champion import Requests, Ward

DATASET = "machines"


class Machines(Ward):
    """A dataset whose champion serves on instances, and what there is of it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, DATASET)
        self.clients = {
            name: session.cloud.client(name)
            for name in ("sagemaker", "application-autoscaling", "cloudwatch")
        }

    def described(self) -> Any:
        return self.clients["sagemaker"].describe_endpoint(EndpointName=self.endpoint)

    def targets(self) -> list[Any]:
        found = self.clients["application-autoscaling"].describe_scalable_targets(
            ServiceNamespace="sagemaker",
            ResourceIds=[f"endpoint/{self.endpoint}/variant/AllTraffic"],
        )
        return list(found["ScalableTargets"])

    def alarms(self) -> list[str]:
        found = self.clients["cloudwatch"].describe_alarms(AlarmNamePrefix=self.endpoint)
        return sorted(each["AlarmName"] for each in found["MetricAlarms"])

    def parts(self) -> list[list[str]]:
        sagemaker, asked = self.clients["sagemaker"], {"NameContains": self.endpoint}
        return [
            [
                each["EndpointConfigName"]
                for each in sagemaker.list_endpoint_configs(**asked)["EndpointConfigs"]
            ],
            [each["ModelName"] for each in sagemaker.list_models(**asked)["Models"]],
        ]

    def ask(self, execution_arn: str, **changes: Any) -> list[dict[str, Any]]:
        """Call the deployed function as a later run would that asks for something else."""
        event = first_version_for(self.session, DATASET, execution_arn)
        capture = changes.pop("capture_percent", 0)
        event["prepared"]["serve"] = INSTANCE | changes
        event["prepared"]["endpoint"]["capture_percent"] = capture
        if changes.get("kind") == "none":
            event |= {"champion": None}
        return serve(self.session, event | {"is_new": False})


@pytest.fixture(scope="module")
def machines(session: Session) -> Machines:
    return Machines(session)


@pytest.fixture(scope="module")
def result(machines: Machines) -> dict[str, Any]:
    return machines.run(serve="kind=instance, minimum=1, maximum=4", capture_percent="100")


def test_it_serves_on_a_guarded_machine(result: dict[str, Any], machines: Machines) -> None:
    sagemaker, endpoint = machines.clients["sagemaker"], machines.described()
    assert endpoint["EndpointArn"] in result["serving"]  # beside those of other tests
    assert endpoint["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    assert config["KmsKeyId"] == machines.session.outputs["KeyArn"]
    (variant,) = config["ProductionVariants"]
    assert variant["InstanceType"] == "ml.c5.large"
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    assert model["EnableNetworkIsolation"] is True
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"], model["ModelArn"]):
        tags = {tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        assert {"molino:keep", "molino:stack", "molino:dataset"} <= tags


def test_it_is_scaled_between_the_limits(result: dict[str, Any], machines: Machines) -> None:
    (target,) = machines.targets()
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    (policy,) = machines.clients["application-autoscaling"].describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=target["ResourceId"]
    )["ScalingPolicies"]
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracked["TargetValue"] >= 60
    metric = tracked["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantInvocationsPerInstance"


def test_what_it_is_asked_is_captured(result: dict[str, Any], machines: Machines) -> None:
    s3, deadline, captured = machines.session.cloud.client("s3"), time.monotonic() + 60, []
    while not captured:
        assert time.monotonic() < deadline
        listed = s3.list_objects_v2(
            Bucket=machines.bucket, Prefix=f"captures/{DATASET}/served/{machines.endpoint}/"
        )
        captured = listed.get("Contents", [])
        time.sleep(0.5)
    stored = s3.get_object(Bucket=machines.bucket, Key=captured[0]["Key"])
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert "captureData" in json.loads(stored["Body"].read().splitlines()[0])


def test_the_report_tells_its_price_and_how_to_ask_it(
    result: dict[str, Any], machines: Machines, tmp_path: Path
) -> None:
    assert (
        "0.102 USD an hour, 74.46 USD a month, for 1 machine of type ml.c5.large"
        in (result["message"])
    )
    page = Path(result["report"]).read_text(encoding="utf-8")
    rows, cli, _, python = map(unescape, re.findall("(?s)<pre[^>]*><code>(.*?)</code>", page))
    header, types = rows.splitlines()
    table = pd.read_csv(datasets.BREAST_CANCER)
    assert next(csv.reader([header])) == [name for name in table.columns if name != "diagnosis"]
    assert set(types.split(",")) == {"<number>"}
    table.drop(columns="diagnosis").head(1).to_csv(tmp_path / "rows.csv", index=False)
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command in (["bash", "-c", cli], [sys.executable, "-c", python]):
        done = subprocess.run(
            command,
            env=os.environ | path | machines.session.environment,
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
    answers = [json.loads(text) for text in ((tmp_path / "answer.json").read_bytes(), done.stdout)]
    assert answers[0] == answers[1]
    assert len(answers[0]["predictions"]) == 1


def test_an_alarm_takes_a_new_version_back(result: dict[str, Any], machines: Machines) -> None:
    errors, latency = machines.alarms()
    assert (errors, latency) == tuple(f"{machines.endpoint}--{x}" for x in ("errors", "latency"))
    cloudwatch = machines.clients["cloudwatch"]
    cloudwatch.set_alarm_state(AlarmName=errors, StateValue="ALARM", StateReason="a test")
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(2)
    requests = Requests(machines.session, machines.endpoint, rows.to_csv(index=False).encode())
    with requests.meanwhile():
        answers = machines.ask(result["execution_arn"])  # without capture: another configuration
    assert [answers[-1]["phase"], requests.failures] == ["failed", []]
    assert errors in answers[-1]["problem"]
    cloudwatch.set_alarm_state(AlarmName=errors, StateValue="OK", StateReason="over")
    first = serving_name(machines.group, 1)
    assert (machines.described()["EndpointConfigName"], machines.parts()) == (first, [[first]] * 2)
    assert len(machines.targets()) == 1


def test_another_type_replaces_it_without_a_failed_request(
    result: dict[str, Any], machines: Machines
) -> None:
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(2)
    requests = Requests(machines.session, machines.endpoint, rows.to_csv(index=False).encode())
    with requests.meanwhile():
        answers = machines.ask(
            result["execution_arn"], instance_types=["ml.m5.xlarge"], minimum=2, maximum=3
        )
    assert (answers[-1]["phase"], requests.failures) == ("serving", [])
    second = f"{serving_name(machines.group, 1)}-2"
    assert (machines.described()["EndpointConfigName"], machines.parts()) == (
        second,
        [[second]] * 2,
    )
    assert machines.described()["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    (target,) = machines.targets()
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 3)


def test_a_fixed_number_of_machines_is_not_scaled(
    result: dict[str, Any], machines: Machines
) -> None:
    machines.ask(result["execution_arn"], instance_types=["ml.m5.xlarge"], minimum=1, maximum=1)
    assert machines.targets() == []
    assert machines.described()["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_no_longer_wanted_all_of_it_goes(result: dict[str, Any], machines: Machines) -> None:
    s3, key = machines.session.cloud.client("s3"), f"reports/{DATASET}/champion.json"
    assert machines.document(key)["endpoint_name"] == machines.endpoint
    answers = machines.ask(result["execution_arn"], kind="none")
    assert [answers[0]["phase"], answers[-1]["phase"]] == ["ending", "ended"]
    assert (machines.parts(), machines.targets(), machines.alarms()) == ([[], []], [], [])
    listed = s3.list_objects_v2(Bucket=machines.bucket, Prefix=key)
    assert listed["KeyCount"] == 0
    again = machines.ask(result["execution_arn"], kind="none")
    assert [answer["phase"] for answer in again] == ["ended"]
