"""Decide whether an upload is a reason to train, once the champion was measured on its rows."""

from __future__ import annotations

import datetime as dt

from lambdas.gate.judge import StoredResults, problem_of
from lambdas.reason.figure import figure
from lambdas.retrain.check import Choice, Newest, Situation, decide
from lambdas.retrain.history import History
from lambdas.retrain.worse import Figure
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.decide import ReasonEvent, TrainingReason
from lambdas.shared.documents.bucket import read, write
from lambdas.shared.documents.contents import Manifest, Training
from lambdas.shared.documents.document import MANIFEST, TRAINING
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import RunPaths, dataset_of, split_uri
from lambdas.shared.observability import logger
from lambdas.shared.settings.dataset import DatasetSettings


@entry(ReasonEvent)
def handler(event: ReasonEvent) -> TrainingReason:
    """Return the choice; it is in ``training.json`` next to the report, too."""
    manifest = read(s3_client(), MANIFEST, event.prepared.uris["manifest"])
    history = History(s3_client(), sagemaker_client(), event.prepared.group)
    now = _figure(event, history)
    choice = _choose(event, manifest, history, now)
    document = Training(
        train=choice.train,
        reason=str(choice.reason),
        wording=choice.reason.to_json(),
        champion=now.to_json() if now else None,
    )
    write(s3_client(), TRAINING, TRAINING.below(event.prepared.report_uri), document)
    logger.info("looked for a reason", extra={"train": choice.train, "reason": str(choice.reason)})
    return TrainingReason(train=choice.train, wording=choice.reason.to_json())


def _figure(event: ReasonEvent, history: History) -> Figure | None:
    if event.champion is None or event.champion_evaluation is None:
        return None
    stored = StoredResults(s3_client())
    return figure(stored, event.prepared, event.champion, event.champion_evaluation, history)


def _choose(event: ReasonEvent, manifest: Manifest, history: History, now: Figure | None) -> Choice:
    trained = history.trained()
    if trained is not None and event.champion is None:
        return Choice(train=True, reason=Message("the dataset has no champion yet"))
    if event.champion is not None and event.champion_evaluation is None:
        reason = Message(
            "the champion, version {version}, could not be measured on these rows ({problem})",
            version=event.champion.version,
            problem=problem_of(event.champion),
        )
        return Choice(train=True, reason=reason)
    source = manifest["source"]
    settings = DatasetSettings.model_validate(
        {name: given["value"] for name, given in manifest["settings"].items()}
    )
    bucket, _ = split_uri(event.prepared.report_uri)
    paths = RunPaths(bucket, dataset_of(source["key"]), event.execution_name)
    found = Situation(
        Newest(source["key"], source["version_id"], source["bytes"], source["rows"]),
        trained,
        history.worse(now),
        history.drifted(paths) if "drifted" in settings.retrain_when else None,
        history.idle_days(dt.datetime.now(dt.UTC)),
    )
    return decide(settings, found)
