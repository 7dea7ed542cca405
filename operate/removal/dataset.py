"""Everything that is kept of one dataset, and what of it nobody can remove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from lambdas.shared.names.legal import dataset_slug, group_name, serving_name
from lambdas.shared.names.paths import ACTUALS, INCOMING, PREDICT, dataset_of
from operate.removal.account import Stack
from operate.removal.executions import Execution, executions, owner_of
from operate.removal.items import Item
from operate.removal.logs import log_items
from operate.removal.objects import stored_items
from operate.removal.registry import group_items, job_items
from operate.removal.serving import serving_items

_SETTINGS, _SETTINGS_END = "settings/", ".yaml"
# What stays behind; none of it holds a row of the data.
NOT_REMOVED = (
    "logs of Molino's Lambdas: names of executions and files, until `log_retention_days` are over",
    "Step Functions' histories: names, places and figures, for 90 days after an execution's end",
    "SageMaker's records of transform jobs: names and places, which no call deletes",
    "events that could not be handled, in the queue of these: names of files, for 14 days",
    "notices and reports that people or other programs already got, and copies they made",
    "what else the account keeps: access logs, CloudTrail, backups, SageMaker's lineage",
)


@dataclass(frozen=True)
class Found:
    """What there is of a dataset.

    Parameters
    ----------
    items
        In the order in which they are to be removed.
    names
        Names of its executions, as far as anything still tells them.
    running
        Those that run now.
    by_stack
        Its schedules that the stack's own settings make, which only a deployment removes.
    """

    items: list[Item]
    names: frozenset[str]
    running: list[Execution]
    by_stack: list[str]


def find_dataset(stack: Stack, dataset: str, known: frozenset[str] = frozenset()) -> Found:
    """Find everything of a dataset.

    Parameters
    ----------
    known
        Names of executions found before, which may have left no other trace.
    """
    slug, s3 = dataset_slug(dataset), stack.client("s3")
    objects = list(stored_items(s3, stack.bucket, lambda key: folder_of(key, slug)))
    all_executions = [each for each in executions(stack) if each.dataset == slug]
    names = known | _names_in_bucket(stack, slug) | {each.name for each in all_executions}
    schedules = list(_schedules(stack, slug))
    by_stack = stack.resources.get("AWS::Scheduler::Schedule", [])
    items = [
        *(item for item in schedules if item.name not in by_stack),
        *_of_names(stack, slug, names),
        *objects,  # last, as their keys tell the names of the executions
    ]
    return Found(
        items,
        frozenset(names),
        [each for each in all_executions if each.running],
        [item.name for item in schedules if item.name in by_stack],
    )


def _of_names(stack: Stack, slug: str, names: frozenset[str]) -> Iterator[Item]:
    sagemaker, logs = stack.client("sagemaker"), stack.client("logs")
    group = group_name(stack.bucket, slug)
    serving, of_execution = serving_name(group), owner_of(names)

    def is_ours(name: str) -> bool:
        return name == serving or name.startswith(f"{serving}--") or of_execution(name)

    yield from serving_items(stack, is_ours)
    yield from group_items(sagemaker, group)
    yield from job_items(sagemaker, is_ours)
    yield from log_items(logs, is_ours)


def folder_of(key: str, slug: str) -> str | None:
    """Return the folder or file by which people know a key of this dataset; None for others'."""
    root, _, rest = key.partition("/")
    if key.startswith((INCOMING, PREDICT, ACTUALS)):
        if dataset_slug(dataset_of(key)) != slug:
            return None
        return f"{root}/{dataset_of(key)}/" if "/" in rest else key
    if key.startswith(_SETTINGS):
        name = rest.removesuffix(_SETTINGS_END)
        return key if dataset_slug(name) == slug else None
    return f"{root}/{slug}/" if rest.startswith(f"{slug}/") else None


def _names_in_bucket(stack: Stack, slug: str) -> frozenset[str]:
    """Return the executions that have folders of their own: Step Functions forgets, S3 does not."""
    s3, found = stack.client("s3"), set()
    pages = s3.get_paginator("list_objects_v2")
    for root in ("datasets", "models", "predictions", "reports"):
        prefix = f"{root}/{slug}/"
        for page in pages.paginate(Bucket=stack.bucket, Prefix=prefix, Delimiter="/"):
            for folder in page.get("CommonPrefixes", []):
                found.add(folder["Prefix"].removeprefix(prefix).rstrip("/"))
    return frozenset(found)


def _schedules(stack: Stack, slug: str) -> Iterator[Item]:
    """Yield the schedules that start trainings of the dataset."""
    scheduler = stack.client("scheduler")
    for group in stack.resources.get("AWS::Scheduler::ScheduleGroup", []):
        for page in scheduler.get_paginator("list_schedules").paginate(GroupName=group):
            for listed in page["Schedules"]:
                given = {"GroupName": group, "Name": listed["Name"]}
                target = scheduler.get_schedule(**given)["Target"]
                dataset = json.loads(target.get("Input", "{}")).get("dataset", "")
                if dataset_slug(dataset) == slug:
                    yield Item(
                        "schedule",
                        listed["Name"],
                        partial(scheduler.delete_schedule, **given),
                    )
