"""SageMaker's share: champions that serve, registered versions, and records of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from infra.removal.items import Item, RemovalError

_PREFIX = "molino-"  # lambdas/shared/names.py begins every name so
_DELETE_SECONDS, _POLL_SECONDS = 300, 1.0


@dataclass(frozen=True)
class _Listing:
    """A List operation, where its answer holds what, and the operation that deletes one.

    The name is passed to that under the member it is listed by.
    """

    kind: str
    operation: str
    member: str
    name: str
    delete: str


# Endpoints before what they are made of.
_SERVING = (
    _Listing("endpoint", "list_endpoints", "Endpoints", "EndpointName", "delete_endpoint"),
    _Listing(
        "endpoint configuration",
        "list_endpoint_configs",
        "EndpointConfigs",
        "EndpointConfigName",
        "delete_endpoint_config",
    ),
    _Listing("model", "list_models", "Models", "ModelName", "delete_model"),
)
# Tuning jobs before the training jobs that they launched.
_JOBS = tuple(
    _Listing(
        f"record of {text} job",
        f"list_{operation}s",
        f"{name}Summaries",
        f"{name}Name",
        f"delete_{operation}",
    )
    for text, operation, name in (
        ("tuning", "hyper_parameter_tuning_job", "HyperParameterTuningJob"),
        ("training", "training_job", "TrainingJob"),
        ("processing", "processing_job", "ProcessingJob"),
    )
)


def serving_items(sagemaker: Any, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield endpoints, configurations and models whose names are ours."""
    for listing in _SERVING:
        for name in _names(sagemaker, listing, is_ours):
            yield Item(listing.kind, name, partial(_delete, sagemaker, listing, name))


def job_items(sagemaker: Any, is_ours: Callable[[str], bool]) -> Iterator[Item]:
    """Yield SageMaker's records of jobs that have ended: settings, figures, places in S3."""
    for listing in _JOBS:
        for name in _names(sagemaker, listing, is_ours):
            delete = getattr(sagemaker, listing.delete)
            yield Item(listing.kind, name, partial(delete, **{listing.name: name}))


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


def _names(sagemaker: Any, listing: _Listing, is_ours: Callable[[str], bool]) -> list[str]:
    pages = sagemaker.get_paginator(listing.operation).paginate(NameContains=_PREFIX)
    names = [item[listing.name] for page in pages for item in page[listing.member]]
    return sorted(filter(is_ours, names))


def _delete(sagemaker: Any, listing: _Listing, name: str) -> None:
    getattr(sagemaker, listing.delete)(**{listing.name: name})
    if listing.kind == "endpoint":
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
