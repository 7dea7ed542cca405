"""From the stored answers of candidate and champion to a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.stored import answers_at
from lambdas.gate.decision import Champion, Decision, decide, held_back
from lambdas.gate.rows import Rows, compared
from lambdas.quality.baseline import against_constant
from lambdas.quality.comparison import aligned, compare
from lambdas.quality.scored import Scored
from lambdas.quality.verdict import held
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.decide import GateEvent
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import DatasetUris
from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.contents import Manifest
from lambdas.shared.documents.document import MANIFEST, METRICS
from lambdas.shared.findings.message import Message
from lambdas.shared.positive_class import PositiveClass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def judge(event: GateEvent, stored: StoredResults) -> Decision:
    """Compare and decide."""
    gate = event.prepared.gate
    # Both models are compared by the class that the candidate was measured by.
    positive = stored.positive(event.evaluation)
    candidate = stored.answers(event.evaluation, event.prepared.task, positive)
    # A constant answer may be perfect by one-sided metrics, so the task's default judges it.
    baseline = against_constant(candidate, stored.intervals(event.evaluation))
    decision = decide(
        event.evaluation.metrics,
        gate.thresholds,
        gate.margin,
        baseline,
        _champion(event, stored, candidate, positive),
    )
    return held_back(decision, held(event.evaluation.verdict, gate.thresholds))


def problem_of(known: KnownChampion) -> Message:
    """Return why the champion could not be measured."""
    if known.error:
        return Message("it could not be evaluated ({error})", error=known.error)
    if known.wording:
        return Message.from_json(known.wording)
    return Message("it was not evaluated")


def _champion(
    event: GateEvent, stored: StoredResults, candidate: Scored, positive: PositiveClass | None
) -> Champion | None:
    known = event.champion
    if known is None:
        return None
    if known.problem or event.champion_evaluation is None:
        return Champion(known.version, problem_of(known))
    manifest = read(s3_client(), MANIFEST, known.manifest_uri)
    mask = stored.unseen(event.prepared.uris, manifest, known.manifest_uri)
    other = stored.answers(event.champion_evaluation, event.prepared.task, positive)
    first, second = aligned(candidate.only(mask), other.only(mask))
    comparison = compare(event.prepared.gate.metric, first, second)
    return Champion(known.version, None, int((~mask).sum()), comparison)


class StoredResults:
    """Reads objects of the bucket, tables line by line."""

    def __init__(self, client: S3Client) -> None:
        self.client = client
        self._unseen: dict[str, NDArray[np.bool_]] = {}

    def intervals(self, evaluation: Evaluation) -> dict[str, Any]:
        """Return the intervals of a model's metrics."""
        return read(self.client, METRICS, evaluation.metrics_uri).get("intervals", {})

    def positive(self, evaluation: Evaluation) -> PositiveClass | None:
        """Return the positive class by which a model was measured; None if the task has none."""
        metrics = read(self.client, METRICS, evaluation.metrics_uri)
        if "positive_class" not in metrics:
            return None
        return PositiveClass(
            metrics["positive_class"], Message.from_json(metrics["positive_class_wording"])
        )

    def answers(self, evaluation: Evaluation, task: str, positive: PositiveClass | None) -> Scored:
        """Return a model's answers to the test rows."""
        return self.answers_at(evaluation.predictions_uri, evaluation.rows, task, positive)

    def answers_at(self, uri: str, rows: int, task: str, positive: PositiveClass | None) -> Scored:
        """Return answers to so many rows, by the address of ``predictions.csv``."""
        return answers_at(self.client, uri, rows, task, positive)

    def unseen(self, uris: DatasetUris, manifest: Manifest, manifest_uri: str) -> NDArray[np.bool_]:
        """Return a mask of the test rows by which the two models are compared.

        Parameters
        ----------
        uris : dict
            The candidate's channels.
        manifest : dict
            The champion's.
        manifest_uri : str
            Its address; the champion's splits are next to it.
        """
        if manifest_uri not in self._unseen:
            folders = (uri.rpartition("/")[0] for uri in (uris["manifest"], manifest_uri))
            of_candidate = read(self.client, MANIFEST, uris["manifest"])
            candidate, champion = (
                Rows(self.client, folder, own)
                for folder, own in zip(folders, (of_candidate, manifest), strict=True)
            )
            self._unseen[manifest_uri] = compared(candidate, champion)
        return self._unseen[manifest_uri]
