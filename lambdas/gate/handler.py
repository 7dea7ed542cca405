"""Decide whether a candidate becomes the champion, and record it where everyone can see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from lambdas.gate.judge import StoredResults, judge
from lambdas.gate.monitor import baseline
from lambdas.gate.package import mark, register
from lambdas.gate.requests import openapi
from lambdas.reason.figure import figure
from lambdas.report.language import Language, language_of_dataset
from lambdas.retrain.history import History
from lambdas.shared.aws import s3_client, sagemaker_client
from lambdas.shared.contracts.decide import Approval, DecisionSummary, GateEvent, Question
from lambdas.shared.documents.bucket import find, read, write
from lambdas.shared.documents.contents import Decision, Manifest
from lambdas.shared.documents.document import DECISION, MANIFEST, OPENAPI, PROFILE, TRAINING
from lambdas.shared.entry import entry
from lambdas.shared.findings.message import SUBJECT_LIMIT, Message, one_line, visible
from lambdas.shared.observability import emit, logger
from lambdas.shared.own_metrics import PROMOTED
from lambdas.shared.registry import champion


@entry(GateEvent)
def handler(event: GateEvent) -> DecisionSummary:
    """Return the decision in short; the whole of it is in ``decision.json`` next to the report."""
    manifest = read(s3_client(), MANIFEST, event.prepared.uris["manifest"])
    if event.approval is not None and event.decision is not None:
        return _settle(event, event.decision, event.approval, manifest)
    stored = StoredResults(s3_client())
    decision = judge(event, stored)
    document = decision.to_dict() | {"metric": event.prepared.gate.metric}
    if document["champion"]:
        document["champion"]["figure"] = _figure(event, stored)
    package = register(sagemaker_client(), event, manifest)
    document |= {"package_arn": package.arn, "version": package.number}
    if document["verdict"] == "promote":
        document |= _overtaken(event, package.arn)
    asks = event.prepared.gate.approval == "manual" and document["verdict"] != "reject"
    document["approval"] = "asked" if asks else None
    concluded = _conclude(event, document, manifest)
    if not asks:
        return concluded
    words = language_of_dataset(event.prepared.language)
    return concluded.model_copy(update={"question": question(words, event, concluded)})


def _figure(event: GateEvent, stored: StoredResults) -> dict[str, Any] | None:
    """Return the champion's figure, if no reason was looked for: then `training.json` has it."""
    champion, evaluation, group = event.champion, event.champion_evaluation, event.prepared.group
    if champion is None or champion.problem or evaluation is None:
        return None
    if find(s3_client(), TRAINING, TRAINING.below(event.prepared.report_uri)):
        return None
    history = History(s3_client(), sagemaker_client(), group)
    found = figure(stored, event.prepared, champion, evaluation, history)
    return found.to_json() if found else None


def _overtaken(event: GateEvent, package_arn: str) -> dict[str, Any]:
    """Hold a candidate that was compared with who is the champion no more; else change nothing."""
    now = champion(sagemaker_client(), event.prepared.group, besides=package_arn)
    compared = event.champion.version if event.champion else None
    if (now.number if now else None) == compared:
        return {}
    reason = Message(
        "the champion has changed while this model was trained and tested, so the two have not "
        "been compared; upload the file again, or let someone decide"
    )
    return {"verdict": "hold", "rule": "overtaken", **_worded(reason)}


def _worded(reason: Message) -> dict[str, Any]:
    return {"reason": str(reason), "wording": reason.to_json()}


def _settle(
    event: GateEvent, decision: DecisionSummary, approval: Approval, manifest: Manifest
) -> DecisionSummary:
    document = read(s3_client(), DECISION, decision.decision_uri)
    verdict = "promote" if approval.approved else "reject"
    approved, refused = Message("approved by a person"), Message("not approved by a person")
    answer = approved if approval.approved else refused
    reason = Message(
        "{answer}; the gate had found: {reason}",
        answer=_commented(answer, approval, event.approval_hours),
        reason=Message.from_json(document["wording"]),
    )
    settled = {"verdict": verdict, "rule": "person", "approval": str(answer)}
    return _conclude(event, document | settled | _worded(reason), manifest)


def _commented(answer: Message, approval: Approval, hours: int) -> Message:
    comment: str | Message = approval.comment
    if not approval.is_answer:
        comment = Message(
            "nobody answered within {count} hour",
            "nobody answered within {count} hours",
            count=hours,
        )
    if not comment:
        return answer
    return Message("{answer} ({comment})", answer=answer, comment=comment)


def _conclude(event: GateEvent, document: Mapping[str, Any], manifest: Manifest) -> DecisionSummary:
    """Note the decision on the version and in the bucket, and return its short form."""
    asks = document["approval"] == "asked"
    promoted = document["verdict"] == "promote" and not asks
    status = "hold" if asks else document["verdict"]
    mark(sagemaker_client(), document["package_arn"], status, document["reason"])
    uri = DECISION.below(event.prepared.report_uri)
    write(s3_client(), DECISION, uri, cast("Decision", {**document, "promoted": promoted}))
    if promoted:
        _describe_champion(event, document["version"], manifest)
    emit(PROMOTED, 1 if promoted else 0)
    logger.info("decided", extra={"verdict": status, "rule": document["rule"]})
    known = {name: document[name] for name in DecisionSummary.model_fields if name in document}
    return DecisionSummary(**known | {"asks": asks, "promoted": promoted, "decision_uri": uri})


def _describe_champion(event: GateEvent, version: int, manifest: Manifest) -> None:
    """Store what the champion takes, and what its requests may be compared with."""
    region = event.execution_arn.split(":")[3]
    profile = read(s3_client(), PROFILE, event.prepared.uris["profile"])
    described = {
        OPENAPI: openapi(event.prepared.group, region, version, manifest),
        **baseline(manifest, profile),
    }
    for kind, content in described.items():
        uri = kind.below(event.prepared.model_output_uri.rpartition("/")[0])
        write(s3_client(), kind, uri, content)


def question(words: Language, event: GateEvent, decision: DecisionSummary) -> Question:
    """Return what a person is asked."""
    region = event.execution_arn.split(":")[3]
    answer = json.dumps({"approved": True, "comment": "why"})
    text = words(
        "notification.asks",
        version=decision.version,
        group=event.prepared.group,
        reason=words.say(decision.wording),
        uri=decision.decision_uri,
        count=event.approval_hours,
    )
    command = f"aws stepfunctions send-task-success --region {region} --task-output '{answer}'"
    # Not the dataset's own name, which may contain what no subject may.
    subject = words("notification.subject.asks", execution=event.execution_name)
    return Question(
        subject=one_line(subject, SUBJECT_LIMIT),
        message=visible(f"{text}\n\n{command} --task-token "),
    )
