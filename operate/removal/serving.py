"""What serves champions: endpoints with their parts, and what scales and watches them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lambdas.serve.scaling import DIMENSION, NAMESPACE
from lambdas.shared.names.legal import PREFIX
from operate.removal.account import Stack
from operate.removal.items import Item
from operate.removal.registry import hosting_items


def serving_items(stack: Stack, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield scalable targets, alarms, endpoints, configurations and models whose names are ours."""
    scaling = stack.client("application-autoscaling")
    pages = scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace=NAMESPACE)
    for page in pages:
        for found in page["ScalableTargets"]:
            resource = found["ResourceId"]
            if is_ours(resource.split("/")[1]) and found["ScalableDimension"] == DIMENSION:
                target = {"ServiceNamespace": NAMESPACE, "ScalableDimension": DIMENSION}
                end = partial(scaling.deregister_scalable_target, ResourceId=resource, **target)
                yield Item("scalable target", resource, end)
    cloudwatch = stack.client("cloudwatch")
    prefix = {"AlarmNamePrefix": PREFIX, "AlarmTypes": ["MetricAlarm"]}
    for page in cloudwatch.get_paginator("describe_alarms").paginate(**prefix):
        for alarm in page["MetricAlarms"]:
            name = alarm["AlarmName"]
            if is_ours(name):
                yield Item("alarm", name, partial(cloudwatch.delete_alarms, AlarmNames=[name]))
    yield from hosting_items(stack.client("sagemaker"), is_ours)
