"""How a new version replaces the old one on instances, and what takes it back.

Blue/green: the new machines are made beside the old ones, get the traffic, and the old ones go
last. SageMaker returns to these if one of two alarms fires meanwhile (developer guide, "Deployment
guardrails").
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lambdas.serve.captures import VARIANT

# How long the first machine is watched, then all of them before the old ones are ended.
CANARY_SECONDS, BAKING_SECONDS = 180, 180
LIMIT_SECONDS = 1800  # of the whole deployment, the start of the machines included
# One in a hundred requests of a minute; none is expected, but a single one proves nothing.
_ERROR_SHARE = 0.01
# SageMaker's metric counts microseconds. Requests of 10,000 rows take a hundredth of that.
_SLOW_MICROSECONDS = 5_000_000
_PERIOD_SECONDS = 60


def deployment(machines: int, alarms: list[str]) -> dict[str, Any]:
    """Return UpdateEndpoint's ``DeploymentConfig``.

    Parameters
    ----------
    machines : int
        How many there are. AWS lets a canary have half of them at most, so one machine's traffic
        moves at once.
    alarms : list of str
        Names of those that take the new version back.
    """
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    if machines > 1:
        routing = {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": CANARY_SECONDS,
        }
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": BAKING_SECONDS,
            "MaximumExecutionTimeoutInSeconds": LIMIT_SECONDS,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
    }


class Guard:
    """The alarms of an endpoint on instances.

    Parameters
    ----------
    client
        boto3's client of ``cloudwatch``.
    """

    def __init__(self, client: Any, endpoint_name: str) -> None:
        self._client, self._endpoint = client, endpoint_name
        self._errors, self._latency = f"{endpoint_name}--errors", f"{endpoint_name}--latency"
        self.names = [self._errors, self._latency]

    def begin(self, tags: list[dict[str, str]]) -> None:
        """Make the alarms, or leave them as they are."""
        self._put(
            self._errors,
            "Requests that the champion's endpoint answers with an error of its own",
            tags,
            MetricName="Invocation5XXErrors",
            Statistic="Average",
            Threshold=_ERROR_SHARE,
        )
        self._put(
            self._latency,
            "How long the champion's model takes for nine of ten requests",
            tags,
            MetricName="ModelLatency",
            ExtendedStatistic="p90",
            Threshold=_SLOW_MICROSECONDS,
        )

    def _put(self, name: str, description: str, tags: list[dict[str, str]], **watched: Any) -> None:
        self._client.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=description,
            Namespace="AWS/SageMaker",
            Dimensions=[
                {"Name": "EndpointName", "Value": self._endpoint},
                {"Name": "VariantName", "Value": VARIANT},
            ],
            Period=_PERIOD_SECONDS,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            ActionsEnabled=False,  # SageMaker looks at them; nobody is to be told
            Tags=tags,
            **watched,
        )

    def end(self) -> None:
        """Delete the alarms."""
        for name in self.names:  # one that is missing would keep the other from being deleted
            with suppress(self._client.exceptions.ResourceNotFound):
                self._client.delete_alarms(AlarmNames=[name])
