"""Logs of SageMaker's jobs and endpoints, which lie in groups that SageMaker makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lambdas.shared.names.legal import PREFIX
from operate.removal.items import Item

_JOB_GROUPS = tuple(
    f"/aws/sagemaker/{kind}Jobs" for kind in ("Training", "Processing", "Transform")
)
_ENDPOINTS = "/aws/sagemaker/Endpoints/"


def log_items(logs: Any, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield log streams of jobs and log groups of endpoints whose names are ours."""
    for group in _groups(logs, "/aws/sagemaker/"):
        if group in _JOB_GROUPS:
            yield from _streams(logs, group, is_ours)
        elif group.startswith(_ENDPOINTS) and is_ours(group.removeprefix(_ENDPOINTS)):
            yield Item("log group", group, partial(logs.delete_log_group, logGroupName=group))


def unused_groups(logs: Any) -> Iterator[Item]:
    """Yield SageMaker's groups of job logs that are empty and as SageMaker made them.

    They are the account's, not a stack's: one with other jobs' logs, or with a retention or a key
    that somebody has set, stays.
    """
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/sagemaker/")
    for page in pages:
        for found in page["logGroups"]:
            name = found["logGroupName"]
            touched = "retentionInDays" in found or "kmsKeyId" in found
            if name in _JOB_GROUPS and not touched and not _has_streams(logs, name):
                yield Item("log group", name, partial(logs.delete_log_group, logGroupName=name))


def _groups(logs: Any, prefix: str) -> Iterator[str]:
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        for found in page["logGroups"]:
            yield found["logGroupName"]


def _streams(logs: Any, group: str, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, logStreamNamePrefix=PREFIX
    )
    for page in pages:
        for found in page["logStreams"]:
            stream = found["logStreamName"]
            if is_ours(stream.partition("/")[0]):
                given = {"logGroupName": group, "logStreamName": stream}
                yield Item(
                    "log stream",
                    f"{group}: {stream}",
                    partial(logs.delete_log_stream, **given),
                )


def _has_streams(logs: Any, group: str) -> bool:
    return bool(logs.describe_log_streams(logGroupName=group, limit=1)["logStreams"])
