"""Updates of endpoints on instances: traffic moves in steps, or back, and counts are kept."""

import threading
import time
from typing import Any

import pytest

from localsagemaker import ApiError, Limits
from localsagemaker.deployment import Shift
from localsagemaker.scaling import DIMENSION
from tests.localsagemaker.conftest import CheckedSageMaker, settled

OLD, NEW = (
    f"def model_fn(_): return None\ndef transform_fn(*_): return '{name}', 'text/plain'\n"
    for name in ("old", "new")
)
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/endpoint/variant/AllTraffic",
    "ScalableDimension": DIMENSION,
}
CANARY = {
    "Type": "CANARY",
    "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
    "WaitIntervalInSeconds": 60,
}
LINEAR = {
    "Type": "LINEAR",
    "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
    "WaitIntervalInSeconds": 20,
}


def deployment(routing: dict[str, Any], **policy: Any) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **policy},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
    }


class Alarms:
    """States that a test changes."""

    def __init__(self) -> None:
        self.states = {"errors": "OK"}

    def __call__(self, names: list[str]) -> dict[str, str]:
        return {name: self.states[name] for name in names if name in self.states}


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
def core(make: Any, alarms: Alarms, deploy: Any, create_model: Any) -> CheckedSageMaker:
    limits = Limits(health_check_seconds=10, deployment_scale=0.01)
    core: CheckedSageMaker = make(limits=limits, alarm_states=alarms)
    deploy(core, OLD)
    settled(core)
    core.call(
        "UpdateEndpointWeightsAndCapacities",
        {
            "EndpointName": "endpoint",
            "DesiredWeightsAndCapacities": [
                {"VariantName": "AllTraffic", "DesiredInstanceCount": 2}
            ],
        },
    )
    create_model(core, NEW, "new")
    for name, machine in {"new": "ml.m5.large", "other": "ml.m5.xlarge"}.items():
        variant = {"VariantName": "AllTraffic", "ModelName": "new", "InstanceType": machine}
        variant |= {"InitialInstanceCount": 1}
        core.call(
            "CreateEndpointConfig",
            {"EndpointConfigName": name, "ProductionVariants": [variant]},
        )
    return core


def update(core: CheckedSageMaker, config: str = "new", **how: Any) -> None:
    retained = {"RetainAllVariantProperties": True} | how
    core.call(
        "UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": config, **retained}
    )


def answers(core: CheckedSageMaker) -> list[str]:
    """Ask until an update is over; return all that was answered."""
    found, over = [], threading.Event()

    def ask() -> None:
        while not over.is_set():
            found.append(core.invoke_endpoint("endpoint", b"").body.decode())
            time.sleep(0.005)

    thread = threading.Thread(target=ask)
    thread.start()
    settled(core)
    over.set()
    thread.join()
    return found


def count(core: CheckedSageMaker) -> int:
    (variant,) = core.call("DescribeEndpoint", {"EndpointName": "endpoint"})["ProductionVariants"]
    return int(variant["CurrentInstanceCount"])


@pytest.mark.parametrize("routing", [CANARY, LINEAR])
def test_traffic_moves_in_steps_and_the_count_is_kept(
    core: CheckedSageMaker, routing: dict[str, Any]
) -> None:
    update(core, DeploymentConfig=deployment(routing, TerminationWaitInSeconds=10))
    found = answers(core)
    last_old = len(found) - found[::-1].index("old")
    mixed = found[found.index("new") : last_old]
    assert set(mixed) == {"new", "old"}  # both answer for a while, however few are asked
    assert set(found[last_old:]) == {"new"}
    assert count(core) == 2


def test_an_alarm_sends_all_traffic_back(core: CheckedSageMaker, alarms: Alarms) -> None:
    update(core, DeploymentConfig=deployment(CANARY))
    threading.Timer(0.3, lambda: alarms.states.update(errors="ALARM")).start()
    answers(core)
    endpoint = core.call("DescribeEndpoint", {"EndpointName": "endpoint"})
    assert endpoint["EndpointConfigName"] == "endpoint"
    assert "the alarms errors are in state ALARM" in endpoint["FailureReason"]
    assert {core.invoke_endpoint("endpoint", b"").body for _ in range(5)} == {b"old"}


# One endpoint for all of a table: none of these is changed by what is refused.
DEPLOYMENTS: list[tuple[dict[str, Any], str]] = [
    ({"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2}}, "at most 50%"),
    ({"Type": "LINEAR", "CanarySize": None}, "must specify its size"),
    ({"WaitIntervalInSeconds": 700}, "MaximumExecutionTimeoutInSeconds"),
    ({"Type": "AT_RANDOM"}, "enum value set"),
]
TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"MinCapacity": 0}, "at least 1"),
    ({"MinCapacity": 5}, "cannot be less"),
    ({"ResourceId": "endpoint/gone/variant/AllTraffic"}, "no variant with instances"),
    ({"ResourceId": "table/x"}, "Unsupported"),
    ({"ScalableDimension": "a:b:c"}, "enum value set"),
]


def test_what_cannot_be_is_refused(core: CheckedSageMaker, alarms: Alarms) -> None:
    for changes, told in DEPLOYMENTS:
        routing = {name: value for name, value in (CANARY | changes).items() if value is not None}
        with pytest.raises(ApiError, match=told):
            update(core, DeploymentConfig=deployment(routing, MaximumExecutionTimeoutInSeconds=650))
    for changes, told in TARGETS:
        with pytest.raises(ApiError, match=told):
            register(core, **changes)
    alarms.states.clear()
    with pytest.raises(ApiError, match="Could not find the CloudWatch alarms errors"):
        update(core, DeploymentConfig=deployment(CANARY))
    assert core.call("DescribeEndpoint", {"EndpointName": "endpoint"})["EndpointStatus"] == (
        "InService"
    )


def register(core: CheckedSageMaker, low: int = 1, high: int = 4, **changes: Any) -> None:
    limits = {"MinCapacity": low, "MaxCapacity": high}
    core.scale("RegisterScalableTarget", TARGET | limits | changes)


def test_a_target_keeps_the_count_within_its_limits_until_it_is_deregistered(
    core: CheckedSageMaker,
) -> None:
    register(core, 3, 4)
    assert count(core) == 3
    register(core, 1, 2)
    assert count(core) == 2
    tracking = {"TargetValue": 100.0}
    policy = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    policy |= {"TargetTrackingScalingPolicyConfiguration": tracking}  # type: ignore[dict-item]
    core.scale("PutScalingPolicy", TARGET | policy)
    asked = {"ServiceNamespace": "sagemaker"}
    assert len(core.scale("DescribeScalingPolicies", asked)["ScalingPolicies"]) == 1
    core.scale("DeregisterScalableTarget", TARGET)
    assert core.scale("DescribeScalingPolicies", asked)["ScalingPolicies"] == []
    for operation in ("DeregisterScalableTarget", "PutScalingPolicy"):
        with pytest.raises(ApiError) as caught:
            core.scale(operation, TARGET | (policy if "Put" in operation else {}))
        assert caught.value.code == "ObjectNotFoundException"


def test_what_is_scaled_keeps_its_type_and_goes_with_its_endpoint(core: CheckedSageMaker) -> None:
    register(core)
    with pytest.raises(ApiError, match="Deregister it"):
        update(core, "other")
    update(core)  # another model is allowed
    settled(core)
    core.call("DeleteEndpoint", {"EndpointName": "endpoint"})
    asked = {"ServiceNamespace": "sagemaker"}
    assert core.scale("DescribeScalableTargets", asked)["ScalableTargets"] == []


def test_a_serverless_variant_cannot_be_scaled(make: Any, deploy: Any) -> None:
    core = make()
    deploy(core, OLD, serverless={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    settled(core)
    with pytest.raises(ApiError, match="no variant with instances"):
        register(core)


def test_shares_come_out_even() -> None:
    shift = Shift("old", "new")  # type: ignore[arg-type]
    shift.share = 0.25
    assert [shift.choose() for _ in range(8)].count("new") == 2  # type: ignore[comparison-overlap]
