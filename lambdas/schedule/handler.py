"""Make, change or delete a dataset's schedule when its settings file changes."""

from __future__ import annotations

import os
from typing import Any, Literal

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.report.language import Language, language_of_dataset
from lambdas.schedule import notification
from lambdas.schedule.group import RETRY_POLICY, ScheduleGroup
from lambdas.shared.aws import s3_client, scheduler_client
from lambdas.shared.entry import entry
from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.names.paths import dataset_of_settings
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import DatasetSettings, Source, resolve
from lambdas.shared.settings.sources import from_stack, read_settings
from lambdas.shared.topic import notify

Outcome = Literal["changed", "unchanged", "deleted", "refused", "ignored"]


class _Object(BaseModel):
    key: str


class _Detail(BaseModel):
    object: _Object


class SettingsChanged(BaseModel):
    """S3's "Object Created" or "Object Deleted" below ``settings/``, as far as it matters here."""

    detail: _Detail


@entry(SettingsChanged)
def handler(event: SettingsChanged) -> dict[str, Any]:
    """Return ``{"outcome": Outcome}``.

    Events may come late, twice or in another order, so what counts is the file as it is now.
    """
    dataset = dataset_of_settings(event.detail.object.key)
    outcome: Outcome = "ignored"
    if dataset is not None:
        file = read_settings(s3_client(), os.environ["BUCKET"], dataset)
        words = language_of_dataset(file and file.values.get("language"))
        try:
            outcome = _follow(words, dataset, _settings(file))
        except SettingsInvalid as problem:
            notify(*notification.refused(words, dataset, problem))
            outcome = "refused"
    logger.info("settings file", extra={"outcome": outcome})
    return {"outcome": outcome}


def _settings(file: Source | None) -> DatasetSettings:
    """Return the contents of the file.

    Raises
    ------
    SettingsInvalid
        With everything that is wrong in it.
    """
    stack = from_stack(os.environ["DATASET_DEFAULTS"])
    resolved = resolve([stack] if file is None else [file, stack])
    if resolved.errors:
        raise SettingsInvalid(*resolved.errors)
    return resolved.settings


def _follow(words: Language, dataset: str, settings: DatasetSettings) -> Outcome:
    group = ScheduleGroup(
        scheduler_client(),
        os.environ["SCHEDULE_GROUP"],
        {
            "Arn": os.environ["RETRAIN_ARN"],
            "RoleArn": os.environ["SCHEDULER_ROLE_ARN"],
            "DeadLetterConfig": {"Arn": os.environ["UNHANDLED_ARN"]},
            "RetryPolicy": RETRY_POLICY,
        },
        os.environ["KEY_ARN"],
    )
    if settings.schedule is None:
        if not group.remove(dataset):
            return "unchanged"
        notify(*notification.removed(words, dataset))
        return "deleted"
    if not group.put(dataset, settings):
        return "unchanged"
    notify(*notification.made(words, dataset, settings))
    return "changed"
