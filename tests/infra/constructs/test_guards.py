"""Whatever is created is encrypted, tagged, limited in time and isolated: by states and Lambdas.

What is checked follows from the definition, from the Lambdas' sources and from AWS's description of
the requests, so a new creation, and a new member that a request may have, are checked unasked.
"""

import ast
import datetime as dt
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest

from infra.constructs.network import sagemaker_vpc
from infra.packaging.lambda_code import PROJECT
from infra.workflow.state_machine import LOCAL_DISKS as LOCAL_DISKS_PATTERN
from lambdas.gate.package import register
from lambdas.serve.resources import ServingEndpoint
from lambdas.serve.shape import Surroundings
from lambdas.shared.contracts.decide import GateEvent, ServeEvent
from tests import contracts
from tests.contracts import EVALUATION, HANDED_OVER, PREPARED
from tests.infra.constructs.guards import LOCAL_DISKS, SERVERLESS, WITHOUT, missing
from tests.infra.constructs.test_network import IN_VPC
from tests.infra.service_model import problems
from tests.infra.workflow.definition import ACCOUNT, NAMES, REGION, deployed
from tests.infra.workflow.test_workflow_requests import (
    CREATING,
    ENDPOINTS,
    LATER,
    PACKAGE,
    called,
    request,
    with_instances,
)

KEY = NAMES["KeyArn"]
LOCAL = HANDED_OVER | {"job": HANDED_OVER["job"] | {"instance_type": "ml.m5d.xlarge"}}  # type: ignore[operator]
EXECUTION = {
    "execution_arn": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:Molino:run",
    "prepared": PREPARED,
    "evaluation": EVALUATION,
    "tags": [
        {"Key": key, "Value": "x"}
        for key in ("molino:stack", "molino:execution", "molino:dataset", "project")
    ],
}
MANIFEST = {
    "source": {"key": "incoming/x.csv", "version_id": "v", "sha256": "0"},
    "versions": {"code": "1"},
}


def unexplained(name: str, found: set[str], *reasons: dict[tuple[str, str], str]) -> set[str]:
    known = {path for each in (WITHOUT, *reasons) for operation, path in each if operation == name}
    return found - known


@pytest.mark.parametrize("state", CREATING)
def test_a_state_creates_nothing_unguarded(state: str) -> None:
    name = called(state)[1]
    assert unexplained(name, missing(name, request(state), KEY)) == set()


@pytest.mark.parametrize("state", CREATING)
def test_in_a_vpc_a_state_creates_nothing_outside_it(state: str) -> None:
    name, arguments = called(state)[1], request(state, machine=deployed(IN_VPC))
    found = missing(name, arguments, KEY, vpc=sagemaker_vpc(IN_VPC))
    assert unexplained(name, found) == set()
    assert problems("sagemaker", name, arguments) == []


@pytest.mark.parametrize("state", CREATING)
def test_only_the_volume_key_is_left_out_on_local_disks(state: str) -> None:
    name = called(state)[1]
    prepared = LOCAL if state == "Run processing job" else with_instances("ml.m5d.xlarge")
    found = missing(name, request(state, prepared=prepared), KEY)
    assert unexplained(name, found, LOCAL_DISKS) == set()
    assert {path for operation, path in LOCAL_DISKS if operation == name} <= found


@pytest.mark.parametrize(
    "state", ["Create model", "Create endpoint configuration", "Create endpoint"]
)
@pytest.mark.parametrize("kind", ENDPOINTS)
def test_an_endpoint_lacks_only_what_its_kind_cannot_have(state: str, kind: str) -> None:
    name, reasons = called(state)[1], SERVERLESS if kind == "serverless" else LOCAL_DISKS
    found = missing(name, request(state, prepared=ENDPOINTS[kind]), KEY)
    assert unexplained(name, found, reasons if kind != "captured" else {}) == set()


KINDS: dict[str, tuple[dict[str, Any], dict[tuple[str, str], str]]] = {
    "serverless": (contracts.SERVERLESS, SERVERLESS),
    "instance": (contracts.INSTANCE, {}),
}


def recorded(kind: str = "serverless", vpc: Any = None) -> list[tuple[str, dict[str, Any]]]:
    """Return what the Lambdas create, as boto3 is asked for it."""
    serve, _ = KINDS[kind]
    client = boto3.Session("x", "x").client("sagemaker", region_name=REGION)
    calls: list[tuple[str, dict[str, Any]]] = []
    package = {
        "ModelPackageArn": PACKAGE,
        "ModelPackageVersion": 3,
        "CreationTime": dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {},
        "EndpointConfigs": [],
    }
    client.meta.events.register(
        "before-parameter-build", lambda params, model, **_: calls.append((model.name, params))
    )
    answer = (SimpleNamespace(status_code=200), package)
    client.meta.events.register("before-call", lambda **_: answer)  # so nothing is sent
    event = GateEvent(
        **EXECUTION, execution_name="run", approval_hours=5, container=LATER["container"]
    )
    register(client, event, MANIFEST)
    version = {"package_arn": PACKAGE, "version": 3, "environment": {}}
    around = Surroundings(NAMES["RoleArn"], KEY, vpc, LOCAL_DISKS_PATTERN)
    prepared = PREPARED | {"serve": serve}
    champion = {"champion": version, "is_new": True, "prepared": prepared}
    endpoint = ServingEndpoint(
        client, MagicMock(), MagicMock(), ServeEvent(**EXECUTION | champion), around
    )
    instance_type = serve["instance_types"][0] if serve["kind"] == "instance" else None
    endpoint.create(endpoint.declare(instance_type))
    return [(name, params) for name, params in calls if name.startswith("Create")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_lambdas_create_nothing_unguarded(kind: str) -> None:
    for name, params in recorded(kind):
        assert unexplained(name, missing(name, params, KEY), KINDS[kind][1]) == set(), name


def test_what_serves_on_machines_is_in_the_network() -> None:
    vpc = sagemaker_vpc(IN_VPC)
    for name, params in recorded("instance", vpc):
        assert unexplained(name, missing(name, params, KEY, vpc=vpc)) == set(), name


def test_no_creation_of_a_lambda_is_missed() -> None:
    called = {
        node.func.attr
        for path in (PROJECT / "lambdas").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    client = boto3.client("sagemaker", region_name=REGION)
    ours = {
        operation
        for method, operation in client.meta.method_to_api_mapping.items()
        if method in called and method.startswith("create_")
    }
    assert ours == {name for name, _ in recorded()}


def test_every_exception_is_needed() -> None:
    found = {
        (name, path)
        for state in CREATING
        for name in called(state)[1:]
        for path in missing(name, request(state), KEY, vpc="a network")
    }
    found |= {(name, path) for name, params in recorded() for path in missing(name, params, KEY)}
    assert WITHOUT.keys() <= found


def test_the_check_finds_what_is_missing() -> None:
    job = request("Create training job")
    job["EnableNetworkIsolation"] = False
    del job["StoppingCondition"], job["OutputDataConfig"]["KmsKeyId"]
    job["Tags"] = job["Tags"][1:]
    assert missing("CreateTrainingJob", job, KEY) == {
        "EnableNetworkIsolation", "OutputDataConfig.KmsKeyId", "StoppingCondition", "Tags",
    }  # fmt: skip
    processing = request("Run processing job")
    del processing["NetworkConfig"]
    assert missing("CreateProcessingJob", processing, KEY) == {"NetworkConfig"}
