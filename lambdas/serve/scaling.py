"""How many machines serve: a scalable target of Application Auto Scaling, and what it aims at.

Target tracking keeps the requests that a machine gets in a minute at a figure. By AWS's rule
(developer guide, "Load testing your auto scaling configuration") that is half of what a machine can
answer, so that new ones are there before the others are busy.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from lambdas.serve.captures import VARIANT

SAFETY = 0.5  # the guide's SAFETY_FACTOR at the beginning
UNKNOWN_SECONDS = 0.1  # of a request where none has been timed
_FEWEST = 60  # a request a second: machines are not added for less
_SECONDS_OUT, _SECONDS_IN = 60, 300  # cooldowns: sooner more than less
_LARGER = re.compile(r"(\d*)xlarge")
# Only a policy of this name is shown, and can be edited, in SageMaker's console.
_POLICY = "SageMakerEndpointInvocationScalingPolicy"
NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"


def requests_per_minute(instance_type: str, seconds: float) -> float:
    """Return at how many requests a minute for each machine another one is added.

    Parameters
    ----------
    instance_type : str
        Each of its processors answers one request at a time: the image starts a worker for each.
    seconds : float
        How long a request takes.
    """
    most = processors(instance_type) * 60 / max(seconds, 0.001)
    return max(_FEWEST, round(SAFETY * most))


def processors(instance_type: str) -> int:
    """Return the virtual processors of an instance type, by the name of its size."""
    size = instance_type.rpartition(".")[2]
    found = _LARGER.fullmatch(size)
    return 4 * int(found[1] or 1) if found else 2


class Scaling:
    """The scalable target of an endpoint's one variant.

    Parameters
    ----------
    client
        boto3's client of ``application-autoscaling``.
    """

    def __init__(self, client: Any, endpoint_name: str) -> None:
        self._client = client
        self._target = {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": f"endpoint/{endpoint_name}/variant/{VARIANT}",
            "ScalableDimension": DIMENSION,
        }

    def begin(self, minimum: int, maximum: int, requests: float) -> None:
        """Scale between two numbers of machines, from now on or otherwise than before.

        Parameters
        ----------
        requests : float
            What each machine is to get in a minute.
        """
        self._client.register_scalable_target(
            **self._target, MinCapacity=minimum, MaxCapacity=maximum
        )
        self._client.put_scaling_policy(
            **self._target,
            PolicyName=_POLICY,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": float(requests),
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
                "ScaleOutCooldown": _SECONDS_OUT,
                "ScaleInCooldown": _SECONDS_IN,
            },
        )

    def end(self) -> None:
        """Leave the number of machines as it is; the policy and its alarms go with the target."""
        with suppress(self._client.exceptions.ObjectNotFoundException):
            self._client.deregister_scalable_target(**self._target)
