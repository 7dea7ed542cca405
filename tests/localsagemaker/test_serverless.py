"""Serverless endpoints sleep, wake, throttle and refuse as AWS's do."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localsagemaker import ApiError, Limits
from localsagemaker.context import MAX_SERVERLESS_BODY_BYTES, Credentials
from localsagemaker.role_credentials import RoleCredentials
from tests.localsagemaker.conftest import BUCKET, IMAGE, ROLE, CheckedSageMaker, settled, wait_for

SIZE = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
PID = """
import os, time
def model_fn(_): return os.getppid()
def transform_fn(model, body, content_type, accept):
    time.sleep(float(body or 0))
    return str(model), "text/plain"
"""


def new(make: Callable[..., CheckedSageMaker], idle: float) -> CheckedSageMaker:
    return make(limits=Limits(health_check_seconds=10, serverless_idle_seconds=idle))


def pid(core: CheckedSageMaker) -> int:
    return int(core.invoke_endpoint("endpoint", b"").body)


def test_an_idle_endpoint_runs_nothing_and_wakes_for_a_request(make: Any, deploy: Any) -> None:
    core = new(make, idle=0.3)
    deploy(core, PID, serverless=SIZE)
    endpoint = settled(core)
    assert endpoint["EndpointStatus"] == "InService"
    (variant,) = endpoint["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == SIZE
    first = pid(core)
    wait_for(lambda: not Path(f"/proc/{first}").exists())
    assert core.call("DescribeEndpoint", {"EndpointName": "endpoint"})["EndpointStatus"] == (
        "InService"
    )
    second = pid(core)
    assert second != first
    core.call("DeleteEndpoint", {"EndpointName": "endpoint"})
    wait_for(lambda: not Path(f"/proc/{second}").exists())


def test_a_request_keeps_it_awake(make: Any, deploy: Any) -> None:
    core = new(make, idle=0.3)
    deploy(core, PID, serverless=SIZE)
    settled(core)
    assert core.invoke_endpoint("endpoint", b"1").status == 200


def test_more_requests_at_a_time_are_throttled(make: Any, deploy: Any) -> None:
    core = new(make, idle=60)
    deploy(core, PID, serverless={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    settled(core)
    slow = threading.Thread(target=core.invoke_endpoint, args=("endpoint", b"1"))
    slow.start()
    time.sleep(0.3)  # the slow request is at the endpoint by now, and for some time yet
    with pytest.raises(ApiError) as caught:
        core.invoke_endpoint("endpoint", b"0")
    assert (caught.value.code, caught.value.status) == ("ThrottlingException", 429)
    slow.join()
    assert core.invoke_endpoint("endpoint", b"0").status == 200


def test_four_megabytes(make: Any, deploy: Any) -> None:
    core = new(make, idle=60)
    deploy(core, PID, serverless=SIZE)
    settled(core)
    with pytest.raises(ApiError, match=str(MAX_SERVERLESS_BODY_BYTES)):
        core.invoke_endpoint("endpoint", b"0" * (MAX_SERVERLESS_BODY_BYTES + 1))


CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captures",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("variant", "config", "isolated", "message"),
    [
        ({"ServerlessConfig": SIZE}, {}, True, "network isolation is not supported"),
        ({"ServerlessConfig": SIZE}, {"DataCaptureConfig": CAPTURE}, False, "Data capture is not"),
        (
            {"ServerlessConfig": SIZE, "InstanceType": "ml.m5.large"},
            {},
            False,
            "InstanceType cannot be specified together",
        ),
        (
            {"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}},
            {},
            False,
            "1500 is not one of 1024",
        ),
        ({}, {}, False, "either a ServerlessConfig, or an InstanceType"),
    ],
)
def test_what_aws_refuses(
    core: CheckedSageMaker, variant: Any, config: Any, isolated: bool, message: str
) -> None:
    model = {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}}
    core.call("CreateModel", model | {"EnableNetworkIsolation": isolated})
    variants = [{"VariantName": "AllTraffic", "ModelName": "m", **variant}]
    request = {"EndpointConfigName": "c", "ProductionVariants": variants, **config}
    with pytest.raises(ApiError, match=message):
        core.call("CreateEndpointConfig", request)


def test_an_instance_cannot_become_serverless(make: Any, deploy: Any) -> None:
    core = new(make, idle=60)
    deploy(core, PID)
    settled(core)
    deploy(core, PID, "other", serverless=SIZE)
    settled(core, "other")
    change = {"EndpointName": "endpoint", "EndpointConfigName": "other"}
    with pytest.raises(ApiError, match="cannot be updated to serverless"):
        core.call("UpdateEndpoint", change)


ASKS = """
import json, os, urllib.request
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    uri = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not uri:
        return json.dumps(sorted(os.environ)), "application/json"
    token = body or os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    asked = urllib.request.Request(uri, headers={"Authorization": token})
    try:
        return urllib.request.urlopen(asked, timeout=5).read().decode(), "application/json"
    except OSError as error:
        return json.dumps(str(error)), "application/json"
"""


def test_a_container_is_given_its_roles_credentials(make: Any, deploy: Any) -> None:
    """As AWS's SDKs find them; who lacks the container's token is refused."""

    def of_role(role: str) -> Credentials:
        assert role == ROLE
        return Credentials("ASIA", "secret", "session")

    known = RoleCredentials(of_role, {"AWS_ENDPOINT_URL": "https://127.0.0.1:1"})
    core = make(role_credentials=known)
    deploy(core, ASKS, serverless=SIZE)
    settled(core)
    found = json.loads(core.invoke_endpoint("endpoint", b"", "text/csv").body)
    expires = datetime.fromisoformat(found.pop("Expiration"))
    given = {"AccessKeyId": "ASIA", "Token": "session"}
    assert found == given | {"SecretAccessKey": "secret"}  # pragma: allowlist secret
    assert expires > datetime.now(UTC)
    assert "403" in json.loads(core.invoke_endpoint("endpoint", b"guess", "text/csv").body)


def test_without_a_cloud_around_it_a_container_has_none(make: Any, deploy: Any) -> None:
    core = make()
    deploy(core, ASKS, serverless=SIZE)
    settled(core)
    names = json.loads(core.invoke_endpoint("endpoint", b"", "text/csv").body)
    assert [name for name in names if name.startswith("AWS_")] == [
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    ]
