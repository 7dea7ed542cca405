"""SageMaker's share: endpoints with their parts, registered versions, and records of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore import xform_name

from lambdas.shared.names.legal import PREFIX
from lambdas.shared.names.resource_kinds import KINDS, Kind
from operate.removal.items import Item, RemovalError

_DELETE_SECONDS, _POLL_SECONDS = 300, 1.0


def hosting_items(sagemaker: Any, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield endpoints, configurations and models whose names are ours."""
    for kind in (kind for kind in KINDS if not kind.is_job):
        for name in _names(sagemaker, kind, is_ours):
            yield Item(kind.label, name, partial(_delete, sagemaker, kind, name))


def job_items(sagemaker: Any, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield SageMaker's records of jobs that have ended: settings, figures, places in S3.

    Those of transform jobs stay: there is no call that deletes them.
    """
    for kind in (kind for kind in KINDS if kind.is_job):
        delete = getattr(sagemaker, xform_name(f"Delete{kind.resource}"), None)
        if delete is None:
            continue
        for name in _names(sagemaker, kind, is_ours):
            yield Item(f"record of {kind.label}", name, partial(delete, **{kind.name: name}))


def group_items(sagemaker: Any, group: str) -> Iterator[Item]:
    """Yield a group's registered versions, then the group; nothing if there is none."""
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(NameContains=group)
    if not any(
        found["ModelPackageGroupName"] == group
        for page in pages
        for found in page["ModelPackageGroupSummaryList"]
    ):
        return
    versions = [
        version["ModelPackageArn"]
        for page in sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group
        )
        for version in page["ModelPackageSummaryList"]
    ]
    for arn in versions:
        yield Item(
            "registered version",
            "/".join(arn.split("/")[-2:]),
            partial(sagemaker.delete_model_package, ModelPackageName=arn),
        )
    yield Item(
        "registry group",
        group,
        partial(sagemaker.delete_model_package_group, ModelPackageGroupName=group),
    )


def _names(sagemaker: Any, kind: Kind, is_ours: Callable[[str], bool]) -> list[str]:
    found = (item[kind.name] for item in kind.list(sagemaker, NameContains=PREFIX))
    return sorted(filter(is_ours, found))


def _delete(sagemaker: Any, kind: Kind, name: str) -> None:
    kind.end(sagemaker, name)
    if not kind.is_part:
        # Its configuration can't be deleted, nor its log be complete, before it is gone.
        _wait_until_gone(sagemaker, name)


def _wait_until_gone(sagemaker: Any, endpoint: str) -> None:
    deadline = time.monotonic() + _DELETE_SECONDS
    while time.monotonic() < deadline:
        try:
            sagemaker.describe_endpoint(EndpointName=endpoint)
        except sagemaker.exceptions.ClientError:
            return
        time.sleep(_POLL_SECONDS)
    raise RemovalError(f"it is still being deleted after {_DELETE_SECONDS} s")
