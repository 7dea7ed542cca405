"""Check a dataset when its schedule says so, and start a training if that is worth it."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

from lambdas.admission.turn import dataset_part
from lambdas.report.language import Language, language_of_dataset
from lambdas.retrain.check import Choice, Newest, Situation, decide
from lambdas.retrain.history import History, newest_upload
from lambdas.shared.aws import s3_client, sagemaker_client, step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, sentence, together
from lambdas.shared.names.legal import dataset_slug, group_name
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.observability import belongs_to, logger
from lambdas.shared.settings.dataset import DatasetSettings, Resolved, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_stack, read_settings, set_in
from lambdas.shared.topic import notify
from lambdas.trigger.execution import ScheduledUpload, Upload, start


class ScheduledCheck(BaseModel):
    """What EventBridge Scheduler sends.

    ``settings`` are those of a schedule that the stack has made; a settings file's schedule has
    none here, as the file itself is read.
    """

    dataset: str = Field(min_length=1)
    scheduled_for: str = Field(min_length=1)
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def time(self) -> dt.datetime:
        """The time that the schedule says."""
        return dt.datetime.fromisoformat(self.scheduled_for)


@entry(ScheduledCheck)
def handler(event: ScheduledCheck) -> dict[str, Any]:
    """Return ``{"execution_arn": str or None, "started": bool, "reason": str}``."""
    bucket = os.environ["BUCKET"]
    file = read_settings(s3_client(), bucket, event.dataset)
    if not _is_in_force(event, file):
        return _nothing("another schedule of the dataset is in force")
    words = language_of_dataset(file and file.values.get("language"))
    found = newest_upload(s3_client(), bucket, event.dataset)
    if found is None:
        return _skip(event, words, Message("nothing has been uploaded for it"))
    newest, metadata = found
    upload = ScheduledUpload(bucket, newest.key, newest.version_id, event.scheduled_for)
    running = _running(dataset_slug(event.dataset))
    belongs_to(upload.execution_name)
    if upload.execution_name in running:
        return _nothing("the same check has started it already")
    if running:
        return _skip(event, words, Message("a run of it is in progress or waiting for its turn"))
    resolved = _resolve(event, file, metadata)
    if resolved.errors:
        return _skip(event, words, together([found.message for found in resolved.errors]))
    history = History(s3_client(), sagemaker_client(), group_name(bucket, event.dataset))
    decision = decide(resolved.settings, _situation(event, newest, history, resolved.settings))
    return _act(upload, decision) if decision.train else _skip(event, words, decision.reason)


def _situation(
    event: ScheduledCheck, newest: Newest, history: History, settings: DatasetSettings
) -> Situation:
    bucket = os.environ["BUCKET"]
    # The run that the upload started when it came, if it did.
    run = Upload(bucket, newest.key, newest.version_id).execution_name
    of_upload = RunPaths(bucket, event.dataset, run)
    return Situation(
        newest,
        history.trained(),
        history.worse(history.measured(of_upload)),
        history.drifted(of_upload) if "drifted" in settings.retrain_when else None,
        history.idle_days(event.time),
    )


def _is_in_force(event: ScheduledCheck, file: Source | None) -> bool:
    """Return whether a schedule counts: a file's takes the place of the stack's."""
    if file is not None and file.problems:
        return True
    in_file = file is not None and "schedule" in file.values
    return in_file != bool(event.settings)


def _running(slug: str) -> set[str]:
    """Return the names of the dataset's executions that have not ended."""
    pages = (
        step_functions_client()
        .get_paginator("list_executions")
        .paginate(stateMachineArn=os.environ["STATE_MACHINE_ARN"], statusFilter="RUNNING")
    )
    names = (found["name"] for page in pages for found in page["executions"])
    return {name for name in names if dataset_part(name) == slug}


def _resolve(event: ScheduledCheck, file: Source | None, metadata: dict[str, str]) -> Resolved:
    place = Message("the schedules of the stack")
    sources = [
        from_metadata(metadata),
        *([file] if file else []),
        Source(set_in(place), place, event.settings),
        from_stack(os.environ["DATASET_DEFAULTS"]),
    ]
    return resolve(sources)


def _act(upload: ScheduledUpload, decision: Choice) -> dict[str, Any]:
    given = replace(upload, reason=decision.reason.to_json())
    arn, started = start(step_functions_client(), os.environ["STATE_MACHINE_ARN"], given)
    extra = {"execution_arn": arn, "started": started, "reason": str(decision.reason)}
    logger.info("scheduled training", extra=extra)
    return extra


def _skip(event: ScheduledCheck, words: Language, reason: Message) -> dict[str, Any]:
    notify(*skipped(words, event.dataset, event.scheduled_for, reason))
    return _nothing(str(reason))


def _nothing(reason: str) -> dict[str, Any]:
    logger.info("nothing started", extra={"reason": reason})
    return {"execution_arn": None, "started": False, "reason": reason}


STATUS = "SKIPPED"


def skipped(
    words: Language, dataset: str, scheduled_for: str, reason: Message
) -> tuple[str, str, str]:
    """Return status, subject and text."""
    text = Message(
        "No model was trained for dataset {dataset} at {time}: {reason}",
        dataset=dataset,
        time=scheduled_for,
        reason=reason,
    )
    return STATUS, words("notification.subject.skipped"), sentence(words.say(text))
