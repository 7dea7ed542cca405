"""What the Resource Groups Tagging API lists beyond ministack's own: logs, workflows, SageMaker."""

from collections.abc import Callable, Iterator
from typing import Any

from localcloud.ministack_internals import cloudwatch_logs, stepfunctions, tagging
from localsagemaker import LocalSageMaker

Tagged = Iterator[tuple[str, list[dict[str, str]]]]


def install(core: LocalSageMaker) -> None:
    """Add the services to the listing."""
    tagging.COLLECTORS["logs"] = _log_groups
    tagging.COLLECTORS["states"] = _workflows
    tagging.COLLECTORS["sagemaker"] = lambda: _flat(core.tagged())


def _log_groups() -> Tagged:
    groups = cloudwatch_logs.log_groups.values()
    # The ARN that the listing names has no star at its end.
    yield from _flat((group["arn"].removesuffix(":*"), group["tags"]) for group in groups)


def _workflows() -> Tagged:
    for arn, tags in stepfunctions.tags.items():
        pairs = [(tag["key"], tag["value"]) for tag in tags]
        yield arn, [{"Key": key, "Value": value} for key, value in pairs]


def _flat(resources: Any) -> Tagged:
    normalise: Callable[[dict[str, str]], list[dict[str, str]]] = tagging.normalise_flat
    for arn, tags in resources:
        yield arn, normalise(tags)
