"""The champion's figure on the new test rows, by the gate's metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.gate.judge import StoredResults
from lambdas.quality.tasks import scores
from lambdas.retrain.worse import Figure
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.document import MANIFEST

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def figure(
    client: S3Client, prepared: PreparedDataset, known: KnownChampion, evaluation: Evaluation
) -> Figure | None:
    """Return it, on the rows that the champion was not trained on; None if they define none.

    Parameters
    ----------
    client : S3Client
    prepared : PreparedDataset
        Of the new upload.
    known : KnownChampion
    evaluation : Evaluation
        Of the champion on the new test rows.
    """
    stored = StoredResults(client)
    positive = stored.positive(evaluation)
    manifest = read(client, MANIFEST, known.manifest_uri)
    unseen = stored.unseen(prepared.uris, manifest, known.manifest_uri)
    if not unseen.any():
        return None
    scored = stored.answers(evaluation, prepared.task, positive).only(unseen)
    value = scores(scored)["metrics"].get(prepared.gate.metric)
    if value is None:
        return None
    label = positive.label if positive else None
    return Figure(known.version, prepared.gate.metric, value, scored.rows, label)
