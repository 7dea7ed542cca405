"""Everything of a stack: what CloudFormation would leave behind, and what it is set to keep."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from lambdas.janitor.sweep import STACK_TAG
from lambdas.shared.names.legal import PREFIX, serving_name
from operate.removal.account import Stack
from operate.removal.executions import executions, owner_of
from operate.removal.items import Item
from operate.removal.logs import log_items, unused_groups
from operate.removal.objects import stored_items
from operate.removal.registry import group_items, job_items
from operate.removal.serving import serving_items

_DERIVED = (
    "datasets",
    "models",
    "predictions",
    "reports",
)  # roots whose second folder is an execution's
_KEY_DAYS = 30  # KMS's longest respite, and CloudFormation's


def made_by_runs(stack: Stack, buckets: list[str]) -> list[Item]:
    """Return what runs have made, in the order in which it must go; logs and objects last."""
    sagemaker, logs, s3 = (stack.client(name) for name in ("sagemaker", "logs", "s3"))
    names = _executions_with_folders(s3, buckets) | {each.name for each in executions(stack)}
    groups = registry_groups(stack)
    serves = tuple(map(serving_name, groups))
    of_execution = owner_of(names)

    def is_ours(name: str) -> bool:
        return name.startswith(serves) or of_execution(name)

    return [
        *serving_items(stack, is_ours),
        *(item for group in groups for item in group_items(sagemaker, group)),
        *job_items(sagemaker, is_ours),
        *log_items(logs, is_ours),
        *(item for bucket in buckets for item in stored_items(s3, bucket, _root)),
    ]


def champions(stack: Stack) -> list[Item]:
    """Return the endpoints that serve champions, with their parts.

    Without the stack they would fail at the next cold start: their role goes with it.
    """
    serves = tuple(map(serving_name, registry_groups(stack)))
    return list(serving_items(stack, lambda name: name.startswith(serves)))


def registry_groups(stack: Stack) -> list[str]:
    """Return the registry groups that the stack's runs have made, by their tag."""
    sagemaker = stack.client("sagemaker")
    pages = sagemaker.get_paginator("list_model_package_groups").paginate(NameContains=PREFIX)
    found = (item for page in pages for item in page["ModelPackageGroupSummaryList"])
    return [
        group["ModelPackageGroupName"]
        for group in found
        if {"Key": STACK_TAG, "Value": stack.name}
        in sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    ]


def kept_resources(stack: Stack) -> list[Item]:
    """Return the resources that a removed stack has left, by their tag; the key last."""
    pages = stack.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": STACK_TAG, "Values": [stack.name]}]
    arns = [
        found["ResourceARN"]
        for page in pages.paginate(TagFilters=filters)
        for found in page["ResourceTagMappingList"]
    ]
    kinds = (
        ("bucket", ":s3:::", "s3", "delete_bucket", "Bucket"),
        ("log group", ":log-group:", "logs", "delete_log_group", "logGroupName"),
    )
    items = [
        Item(kind, name, partial(getattr(stack.client(service), operation), **{member: name}))
        for kind, sign, service, operation, member in kinds
        for arn in arns
        if sign in arn
        for name in [arn.partition(sign)[2].removesuffix(":*")]
    ]
    return items + [item for arn in arns for item in _key(stack, arn)]


def after_the_stack(stack: Stack) -> list[Item]:
    """Return SageMaker's log groups that nobody needs any more."""
    return list(unused_groups(stack.client("logs")))


def _key(stack: Stack, arn: str) -> Iterator[Item]:
    kms, (_, sign, name) = stack.client("kms"), arn.partition(":key/")
    if sign and kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] != "PendingDeletion":
        delete = partial(kms.schedule_key_deletion, KeyId=name, PendingWindowInDays=_KEY_DAYS)
        yield Item("key", name, delete)


def _executions_with_folders(s3: Any, buckets: list[str]) -> set[str]:
    found = set()
    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                root, *folders = entry["Key"].split("/")
                if root in _DERIVED and len(folders) > 2:
                    found.add(folders[1])
    return found


def _root(key: str) -> str:
    return f"{key.partition('/')[0]}/" if "/" in key else key
