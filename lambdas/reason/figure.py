"""The champion's figure on the new test rows, and how often chance makes it fall as far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.gate.judge import StoredResults
from lambdas.quality.fall import chance_of_fall
from lambdas.quality.tasks import figures
from lambdas.reason.earlier import Earlier
from lambdas.retrain.worse import Figure
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.document import MANIFEST

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.quality.scored import Scored
    from lambdas.retrain.history import History


def figure(
    client: S3Client,
    prepared: PreparedDataset,
    known: KnownChampion,
    evaluation: Evaluation,
    history: History,
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
    history : History

    Notes
    -----
    What a training has seen and did not mend is no reason for another. So where one came after the
    champion's, chance is the larger of two: that of a fall from what was known before it, and that
    of a fall from what is known since.
    """
    stored = StoredResults(client)
    positive = stored.positive(evaluation)
    manifest = read(client, MANIFEST, known.manifest_uri)
    unseen = stored.unseen(prepared.uris, manifest, known.manifest_uri)
    scored = stored.answers(evaluation, prepared.task, positive).only(unseen)
    metric = prepared.gate.metric
    value = _value(metric, scored)
    if value is None:
        return None
    now = Figure(known.version, metric, value, scored.rows)
    earlier = Earlier(client, prepared.task, positive)
    own = earlier.of_own_run(history.champion_report)
    if own is None:
        return now
    uploads = earlier.of_uploads(prepared.report_uri.rpartition("/")[0], known.version)
    reports = [each.report for each in uploads]
    answers = [each.scored for each in uploads]
    place, at_training = len(uploads), None
    if history.newest_report != history.champion_report:
        place = reports.index(history.newest_report) if history.newest_report in reports else 0
        at_training = _value(metric, answers[place]) if history.newest_report in reports else None
    before, since = answers[:place], answers[place:]
    chance = _chance(metric, own, before, scored)
    if since:
        chance = max(chance, chance_of_fall(metric, since, scored))
    return replace(now, registered=_value(metric, own), known=at_training, chance=chance)


def _value(metric: str, scored: Scored) -> float | None:
    found = figures(scored)[0].get(metric) if scored.rows else None
    return found.value if found else None


def _chance(metric: str, own: Scored, later: Sequence[Scored], now: Scored) -> float:
    """Return how often chance makes a fall as far from the own test rows, or from all together.

    With more rows a sudden fall is seen sooner, and with the first ones alone a slow one. Two looks
    count twice (Bonferroni).
    """
    from_own = chance_of_fall(metric, [own], now)
    if not later:
        return from_own
    return min(1.0, 2 * min(from_own, chance_of_fall(metric, [own, *later], now)))
