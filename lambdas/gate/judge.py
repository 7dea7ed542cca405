"""From the stored answers of candidate and champion to a decision."""

from __future__ import annotations

from typing import Any

from lambdas.gate.decision import Champion, Decision, decide, held_back
from lambdas.gate.events import GateEvent
from lambdas.gate.stored import Stored
from lambdas.quality.baseline import against_constant
from lambdas.quality.comparison import aligned, compare
from lambdas.quality.scored import Scored
from lambdas.quality.verdict import held
from lambdas.shared.aws import s3_client
from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.findings.message import Message
from lambdas.shared.positive_class import PositiveClass


def judge(event: GateEvent, stored: Stored) -> Decision:
    """Compare and decide."""
    gate = event.prepared.gate
    # Both models are compared by the class that the candidate was measured by.
    positive = stored.positive(event.evaluation)
    candidate = stored.answers(event.evaluation, event.prepared.task, positive)
    # A constant answer may be perfect by one-sided metrics, so the task's default judges it.
    baseline = against_constant(candidate, stored.intervals(event.evaluation))
    decision = decide(
        event.evaluation["metrics"],
        gate["thresholds"],
        gate["margin"],
        baseline,
        _champion(event, stored, candidate, positive),
    )
    return held_back(decision, held(event.evaluation.get("verdict"), gate["thresholds"]))


def _problem(known: dict[str, Any]) -> Message:
    """Return why the champion could not be measured."""
    if known.get("error"):
        return Message("it could not be evaluated ({error})", error=known["error"])
    if known.get("wording"):
        return Message.from_json(known["wording"])
    return Message("it was not evaluated")


def _champion(
    event: GateEvent, stored: Stored, candidate: Scored, positive: PositiveClass | None
) -> Champion | None:
    known = event.champion
    if known is None:
        return None
    if known["problem"] or event.champion_evaluation is None:
        return Champion(known["version"], _problem(known))
    manifest = read(s3_client(), MANIFEST, known["manifest_uri"])
    mask = stored.unseen(event.prepared.uris, manifest, known["manifest_uri"])
    other = stored.answers(event.champion_evaluation, event.prepared.task, positive)
    first, second = aligned(candidate.only(mask), other.only(mask))
    comparison = compare(event.prepared.gate["metric"], first, second)
    return Champion(known["version"], None, int((~mask).sum()), comparison)
