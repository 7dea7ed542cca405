"""What serves is made of: configurations, deployments, and how many machines there are to be."""

from typing import Any

import pytest

from infra.workflow.state_machine import LOCAL_DISKS
from lambdas.serve import captures, rollout, shape
from lambdas.serve.scaling import processors, requests_per_minute
from lambdas.serve.shape import Surroundings
from lambdas.shared.contracts.decide import ServedVersion
from lambdas.shared.contracts.preprocess import PreparedDataset
from tests.contracts import INSTANCE, PREPARED, SERVERLESS, sample
from training.serve import capture

VPC = {"Subnets": ["subnet-0"], "SecurityGroupIds": ["sg-0"]}
AROUND = Surroundings("role", "key", VPC, LOCAL_DISKS)
VERSION = ServedVersion(package_arn="package/3", version=3, environment={"A": "B"})


def prepared(serve: dict[str, Any], capture: int = 0) -> PreparedDataset:
    return PreparedDataset(**sample(PREPARED, serve=serve, endpoint={"capture_percent": capture}))


def made(instance_type: str | None, capture: int = 0) -> dict[str, Any]:
    found = prepared(INSTANCE if instance_type else SERVERLESS, capture)
    assert found.serve is not None
    return shape.configuration(found, found.serve, instance_type, AROUND)


@pytest.mark.parametrize(
    ("instance_type", "encrypted"),
    [("ml.c5.large", True), ("ml.c5d.large", False), ("ml.g5.xlarge", False)],
)
def test_machines_have_an_encrypted_volume_wherever_they_have_one(
    instance_type: str, encrypted: bool
) -> None:
    found = made(instance_type)
    assert found.get("KmsKeyId") == ("key" if encrypted else None)
    (variant,) = found["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == (instance_type, 1)


def test_captures_are_encrypted_and_lie_in_one_folder_run_after_run() -> None:
    capture = made("ml.c5.large", 30)["DataCaptureConfig"]
    assert capture["KmsKeyId"] == "key"
    assert capture["InitialSamplingPercentage"] == 30
    assert capture["DestinationS3Uri"].endswith("/captures/breast-cancer-2026/served")
    assert "DataCaptureConfig" not in made(None, 30)


def test_models_on_machines_are_isolated_and_in_the_network() -> None:
    isolated, serverless = (
        shape.model(VERSION, each, AROUND, {}) for each in ("ml.c5.large", None)
    )
    assert (isolated["EnableNetworkIsolation"], isolated["VpcConfig"]) == (True, VPC)
    assert not {"EnableNetworkIsolation", "VpcConfig"} & set(serverless)
    assert serverless["PrimaryContainer"]["Environment"]["SAGEMAKER_MODEL_SERVER_WORKERS"] == "1"
    assert isolated["PrimaryContainer"]["Environment"] == {"A": "B"}


def test_a_serverless_model_is_told_what_to_capture_and_where() -> None:
    found = prepared(SERVERLESS, 30)
    assert found.serve is not None
    given = captures.by_model(found, found.serve, "key", "kept")
    environment = shape.model(VERSION, None, AROUND, given)["PrimaryContainer"]["Environment"]
    assert {name: environment[name] for name in (capture.URI, capture.PERCENT, capture.KEY)} == {
        capture.URI: "s3://molino-bucket/captures/breast-cancer-2026/served/kept/AllTraffic",
        capture.PERCENT: "30",
        capture.KEY: "key",
    }
    on_machines = shape.model(VERSION, "ml.c5.large", AROUND, given)
    assert on_machines["PrimaryContainer"]["Environment"] == {"A": "B"}
    nothing = prepared(SERVERLESS)
    assert captures.by_model(nothing, found.serve, "key", "kept") == {}
    assert captures.tags(0) == []


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (made("ml.c5.large", 30), True),
        (made("ml.c5.large"), False),
        (made("ml.c5.xlarge", 30), False),
        (made("ml.c5.large", 31), False),
        (made(None), False),
        ({}, False),
    ],
)
def test_a_configuration_is_known_again(found: dict[str, Any], same: bool) -> None:
    described = found | {"EndpointConfigArn": "arn", "EnableNetworkIsolation": False}
    for variant in described.get("ProductionVariants", []):
        variant |= {"ModelName": "m", "InitialInstanceCount": 3}
    assert shape.is_as(made("ml.c5.large", 30), described) is same


def test_without_capture_one_that_captures_is_another() -> None:
    assert not shape.is_as(made("ml.c5.large"), made("ml.c5.large", 30))


@pytest.mark.parametrize(("machines", "kind"), [(1, "ALL_AT_ONCE"), (2, "CANARY"), (7, "CANARY")])
def test_a_canary_has_half_of_the_machines_at_most(machines: int, kind: str) -> None:
    found = rollout.deployment(machines, ["x"])
    routing = found["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == kind
    assert routing.get("CanarySize", {"Value": 0})["Value"] <= machines / 2
    assert found["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "x"}]}
    assert rollout.CANARY_SECONDS + rollout.BAKING_SECONDS < rollout.LIMIT_SECONDS


@pytest.mark.parametrize(
    ("instance_type", "count"),
    [("ml.t2.medium", 2), ("ml.c5.large", 2), ("ml.c5.xlarge", 4), ("ml.m5.12xlarge", 48)],
)
def test_processors_are_known_by_the_size(instance_type: str, count: int) -> None:
    assert processors(instance_type) == count


@pytest.mark.parametrize(
    ("seconds", "requests"), [(0.01, 6000), (0.1, 600), (60.0, 60), (0.0, 60_000)]
)
def test_half_of_what_two_processors_answer_is_aimed_at(seconds: float, requests: float) -> None:
    assert requests_per_minute("ml.c5.large", seconds) == requests
