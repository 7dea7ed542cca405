"""Application Auto Scaling for endpoints' variants: scalable targets and their policies.

Nothing is measured here, so no policy adds or removes an instance; limits are kept, and what
depends on a target being registered is refused as AWS refuses it.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from localsagemaker.context import Context
from localsagemaker.errors import ApiError, validation_exception
from localsagemaker.store import Record, now
from localsagemaker.validation import service_model, validate

TARGET, POLICY = "scalable-target", "scaling-policy"
SERVICE = "application-autoscaling"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
Resize = Callable[[str, Callable[[int], int]], None]


class ScalableTargets:
    """The account's scalable targets.

    Parameters
    ----------
    instances
        Returns how many instances a variant has by endpoint and variant; None if it is
        serverless or not there.
    resize
        Changes that number.
    """

    def __init__(
        self, context: Context, instances: Callable[[str, str], int | None], resize: Resize
    ) -> None:
        self._context, self._instances, self._resize = context, instances, resize
        self._operations = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": self._describe_targets,
            "PutScalingPolicy": self._put_policy,
            "DeleteScalingPolicy": self._delete_policy,
            "DescribeScalingPolicies": self._describe_policies,
        }

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Carry out one operation of the ``application-autoscaling`` API.

        Raises
        ------
        ApiError
        """
        if operation not in self._operations:
            raise ApiError("NotImplemented", f"The local service has no {operation}", 501)
        request = validate(service_model(SERVICE).operation_model(operation), parameters)
        if request["ServiceNamespace"] != "sagemaker":
            raise validation_exception("The local service scales sagemaker alone.")
        if request.get("ScalableDimension", DIMENSION) != DIMENSION:
            raise validation_exception(f"The local service scales {DIMENSION} alone.")
        with self._context.store.locked():
            return self._operations[operation](request)

    def forget(self, endpoint: str) -> None:
        """Deregister what a deleted endpoint had, as SageMaker does ("Delete endpoints …")."""
        for record in self._context.store.all(TARGET):
            if _endpoint_of(record["ResourceId"]) == endpoint.lower():
                self._delete(record)

    def is_scaled(self, endpoint: str) -> bool:
        """Return whether a variant of the endpoint is registered."""
        records = self._context.store.all(TARGET)
        return any(_endpoint_of(each["ResourceId"]) == endpoint.lower() for each in records)

    def _register(self, request: dict[str, Any]) -> dict[str, Any]:
        resource = request["ResourceId"]
        known = self._context.store.get(TARGET, resource) or {}
        limits: dict[str, Any] = {
            name: request.get(name, known.get(name)) for name in ("MinCapacity", "MaxCapacity")
        }
        if None in limits.values():
            raise validation_exception("MinCapacity and MaxCapacity must be specified.")
        low, high = limits["MinCapacity"], limits["MaxCapacity"]
        if low < 1:  # "Register a model": at least 1, as an instance's endpoint never has none
            raise validation_exception(f"Minimum capacity {low} must be at least 1.")
        if low > high:
            raise validation_exception("Maximum capacity cannot be less than minimum capacity.")
        self._check(resource)
        record = {
            **{name: request[name] for name in _IDENTITY},
            **limits,
            "RoleARN": self._role(),
            "CreationTime": known.get("CreationTime") or now(),
            "ScalableTargetARN": known.get("ScalableTargetARN") or self._arn(),
        }
        self._context.store.put(TARGET, resource, record)
        self._resize(_endpoint_of(resource), lambda count: min(max(count, low), high))
        return {"ScalableTargetARN": record["ScalableTargetARN"]}

    def _check(self, resource: str) -> None:
        found = _RESOURCE.fullmatch(resource)
        if found is None:
            raise validation_exception(f"Unsupported resource {resource}.")
        if self._instances(found[1], found[2]) is None:
            raise validation_exception(
                f"{resource} is no variant with instances of an endpoint that is there."
            )

    def _deregister(self, request: dict[str, Any]) -> dict[str, Any]:
        self._delete(self._existing(request))
        return {}

    def _describe_targets(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("ResourceIds")
        found = self._context.store.all(TARGET)
        return {
            "ScalableTargets": [
                each for each in found if wanted is None or each["ResourceId"] in wanted
            ]
        }

    def _put_policy(self, request: dict[str, Any]) -> dict[str, Any]:
        self._existing(request)
        if request.get("PolicyType") != "TargetTrackingScaling":
            raise validation_exception("The local service knows policies of target tracking.")
        if "TargetTrackingScalingPolicyConfiguration" not in request:
            raise validation_exception("TargetTrackingScalingPolicyConfiguration is missing.")
        name = f"{request['ResourceId']}/{request['PolicyName']}"
        known = self._context.store.get(POLICY, name) or {}
        arn = known.get("PolicyARN") or self._arn("scalingPolicy")
        record = {**request, "PolicyARN": arn, "CreationTime": now(), "Alarms": []}
        self._context.store.put(POLICY, name, record)
        return {"PolicyARN": arn, "Alarms": []}

    def _delete_policy(self, request: dict[str, Any]) -> dict[str, Any]:
        name = f"{request['ResourceId']}/{request['PolicyName']}"
        if self._context.store.get(POLICY, name) is None:
            raise ApiError("ObjectNotFoundException", f"No scaling policy found: {name}")
        self._context.store.delete(POLICY, name, "")
        return {}

    def _describe_policies(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("ResourceId")
        found = self._context.store.all(POLICY)
        return {
            "ScalingPolicies": [
                each for each in found if wanted is None or each["ResourceId"] == wanted
            ]
        }

    def _existing(self, request: dict[str, Any]) -> Record:
        record = self._context.store.get(TARGET, request["ResourceId"])
        if record is None:
            raise ApiError(
                "ObjectNotFoundException",
                f"No scalable target found for service namespace: sagemaker, resource ID: "
                f"{request['ResourceId']}, scalable dimension: {DIMENSION}",
            )
        return record

    def _delete(self, record: Record) -> None:
        """Delete a target, and its policies with it."""
        resource = record["ResourceId"]
        for policy in self._context.store.all(POLICY):
            if policy["ResourceId"] == resource:
                self._context.store.delete(POLICY, f"{resource}/{policy['PolicyName']}", "")
        self._context.store.delete(TARGET, resource, record["ScalableTargetARN"])

    def _arn(self, kind: str = "scalable-target") -> str:
        context = self._context
        begin = f"arn:{context.partition}:{SERVICE}:{context.region}:{context.account}:{kind}"
        return f"{begin}{'/' if kind == TARGET else ':'}{uuid.uuid4().hex}"

    def _role(self) -> str:
        service = "sagemaker.application-autoscaling.amazonaws.com"
        return (
            f"arn:{self._context.partition}:iam::{self._context.account}:role/aws-service-role/"
            f"{service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
        )


def _endpoint_of(resource: str) -> str:
    found = _RESOURCE.fullmatch(resource)
    return found[1].lower() if found else ""
