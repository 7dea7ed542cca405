"""Check a dataset when its schedule or an event says so; start a training if it is worth it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field, RootModel

from lambdas.admission.turn import dataset_part
from lambdas.report.language import Language, language_of_dataset
from lambdas.retrain.check import Choice, Newest, Situation, decide
from lambdas.retrain.history import History, dataset_named, newest_upload
from lambdas.retrain.notices import newer_wanted, skipped
from lambdas.retrain.told import Told
from lambdas.retrain.watched import Watched
from lambdas.shared.aws import s3_client, sagemaker_client, step_functions_client
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message, together
from lambdas.shared.names.legal import dataset_slug, group_name
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.observability import belongs_to, logger
from lambdas.shared.settings.dataset import DatasetSettings, Resolved, Source, resolve
from lambdas.shared.settings.sources import from_metadata, from_stack, read_settings, set_in
from lambdas.shared.topic import notify
from lambdas.trigger.execution import AnsweringUpload, ScheduledUpload, Upload, start


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


class Call(RootModel[Watched | ScheduledCheck]):
    """A scheduled check, or an event of what is watched."""


@entry(Call)
def handler(event: Call) -> dict[str, Any]:
    """Return ``{"execution_arn": str or None, "started": bool, "reason": str}``."""
    given = event.root
    return _answer(given) if isinstance(given, Watched) else _check(given)


def _check(event: ScheduledCheck) -> dict[str, Any]:
    bucket = os.environ["BUCKET"]
    file = read_settings(s3_client(), bucket, event.dataset)
    if not _is_in_force(event, file):
        return _nothing("another schedule of the dataset is in force")
    words = language_of_dataset(file and file.values.get("language"))
    found = newest_upload(s3_client(), bucket, event.dataset)
    if found is None:
        return _skip(event, words, Message("nothing has been uploaded for it"), None)
    newest, metadata = found
    upload = ScheduledUpload(bucket, newest.key, newest.version_id, event.scheduled_for)
    running = _running(dataset_slug(event.dataset))
    belongs_to(upload.execution_name)
    if upload.execution_name in running:
        return _nothing("the same check has started it already")
    if running:
        reason = Message("a run of it is in progress or waiting for its turn")
        notify(*skipped(words, event.dataset, event.scheduled_for, reason))  # each time another run
        return _nothing(str(reason))
    resolved = _resolve(file, metadata, event.settings)
    decision = _decide(event, newest, resolved)
    if not decision.train:
        return _skip(event, words, decision.reason, newest)
    return _act(replace(upload, reason=decision.reason.to_json()), decision)


def _decide(event: ScheduledCheck, newest: Newest, resolved: Resolved) -> Choice:
    if resolved.errors:
        return Choice(train=False, reason=together([found.message for found in resolved.errors]))
    history = _history(event.dataset)
    known = _situation(event.dataset, event.time, newest, history, resolved.settings)
    return decide(resolved.settings, known)


def _answer(event: Watched) -> dict[str, Any]:
    """Look for a reason to train, where the dataset's settings ask for any."""
    bucket = os.environ["BUCKET"]
    dataset = dataset_named(s3_client(), bucket, event.detail.dataset)
    found = newest_upload(s3_client(), bucket, dataset) if dataset else None
    if dataset is None or found is None:
        return _nothing("nothing has been uploaded for it")
    newest, metadata = found
    file = read_settings(s3_client(), bucket, dataset)
    resolved = _resolve(file, metadata)
    if resolved.errors or not resolved.settings.retrain_when:
        return _nothing("no reason to train is asked for")
    if _running(dataset_slug(dataset)):
        return _nothing("a run of it is in progress or waiting for its turn")
    history = _history(dataset)
    known = _situation(dataset, event.time, newest, history, resolved.settings)
    drifted, worse = event.drifted(history.champion), event.worse(history.champion)
    known = replace(known, drifted=drifted or known.drifted, worse=worse or known.worse)
    decision = decide(resolved.settings, known)
    if decision.train:
        reason = decision.reason.to_json()
        upload = AnsweringUpload(bucket, newest.key, newest.version_id, event.id, reason)
        return _act(upload, decision)
    asked = resolved.settings.retrain_when
    is_reason = ("drifted" in asked and drifted) or ("worse" in asked and worse)
    if is_reason and known.trained and known.trained.is_of(newest):
        words = language_of_dataset(file and file.values.get("language"))
        notify(*newer_wanted(words, dataset, decision.reason))
    return _nothing(str(decision.reason))


def _history(dataset: str) -> History:
    group = group_name(os.environ["BUCKET"], dataset)
    return History(s3_client(), sagemaker_client(), group)


def _situation(
    dataset: str, now: dt.datetime, newest: Newest, history: History, settings: DatasetSettings
) -> Situation:
    bucket = os.environ["BUCKET"]
    # The run that the upload started when it came, if it did.
    run = Upload(bucket, newest.key, newest.version_id).execution_name
    of_upload = RunPaths(bucket, dataset, run)
    return Situation(
        newest,
        history.trained(),
        history.worse(history.measured(of_upload)),
        history.drifted(of_upload) if "drifted" in settings.retrain_when else None,
        history.idle_days(now),
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


def _resolve(
    file: Source | None, metadata: dict[str, str], of_schedule: Mapping[str, Any] | None = None
) -> Resolved:
    place = Message("the schedules of the stack")
    sources = [
        from_metadata(metadata),
        *([file] if file else []),
        Source(set_in(place), place, of_schedule or {}),
        from_stack(os.environ["DATASET_DEFAULTS"]),
    ]
    return resolve(sources)


def _act(upload: Upload, decision: Choice) -> dict[str, Any]:
    belongs_to(upload.execution_name)
    arn, started = start(step_functions_client(), os.environ["STATE_MACHINE_ARN"], upload)
    extra = {"execution_arn": arn, "started": started, "reason": str(decision.reason)}
    logger.info("training for a reason", extra=extra)
    return extra


def _skip(
    event: ScheduledCheck, words: Language, reason: Message, newest: Newest | None
) -> dict[str, Any]:
    """Tell people why nothing is started, unless the last check has told them."""
    slug = dataset_slug(event.dataset)
    told = Told(s3_client(), f"s3://{os.environ['BUCKET']}/reports/{slug}")
    if not told.is_known(reason, newest):
        notify(*skipped(words, event.dataset, event.scheduled_for, reason))
        told.remember(reason, newest)
    return _nothing(str(reason))


def _nothing(reason: str) -> dict[str, Any]:
    logger.info("nothing started", extra={"reason": reason})
    return {"execution_arn": None, "started": False, "reason": reason}
