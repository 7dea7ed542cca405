"""The champion's figure on the new test rows, and how often chance makes it fall as far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.gate.judge import StoredResults
from lambdas.quality.fall import chance_of_fall, is_rise
from lambdas.quality.tasks import figures
from lambdas.reason.earlier import Answered, Earlier
from lambdas.retrain.worse import Figure
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.documents.bucket import read
from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.fallen import CHANCE, Verdict

if TYPE_CHECKING:
    from lambdas.quality.scored import Scored
    from lambdas.retrain.history import History


def figure(
    stored: StoredResults,
    prepared: PreparedDataset,
    known: KnownChampion,
    evaluation: Evaluation,
    history: History,
) -> Figure | None:
    """Return it, on the rows that the champion was not trained on; None if they define none.

    Parameters
    ----------
    stored : StoredResults
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
    of a fall from what is known since. Without `retrain_when` each upload is trained, whatever it
    shows: there it is the newest upload that a fall was told of that counts as seen.
    """
    positive = stored.positive(evaluation)
    manifest = read(stored.client, MANIFEST, known.manifest_uri)
    unseen = stored.unseen(prepared.uris, manifest, known.manifest_uri)
    scored = stored.answers(evaluation, prepared.task, positive).only(unseen)
    metric = prepared.gate.metric
    value = _value(metric, scored)
    if value is None:
        return None
    now = Figure(known.version, metric, value, scored.rows)
    earlier = Earlier(stored.client, prepared.task, positive)
    own = earlier.of_own_run(history.champion_report)
    if own is None:
        return now
    uploads = earlier.of_uploads(prepared.report_uri, known.version)
    reports, answers = [each.report for each in uploads], [each.scored for each in uploads]
    place, at_training = _told(uploads), None
    if prepared.retrain_when:
        place = len(uploads)
        if history.newest_report != history.champion_report:
            is_there = history.newest_report in reports
            place = reports.index(str(history.newest_report)) if is_there else 0
            at_training = _value(metric, answers[place]) if is_there else None
    before, since = answers[:place], answers[place:]
    chance = _chance(metric, own, before, scored)
    verdict: Verdict = "worse"
    if chance > CHANCE:
        verdict = "better" if is_rise(metric, own, scored) else "same"
    if since:
        chance = max(chance, chance_of_fall(metric, since, scored))
    return replace(
        now, registered=_value(metric, own), known=at_training, chance=chance, verdict=verdict
    )


def _told(uploads: Sequence[Answered]) -> int:
    """Return the place of the newest upload that a fall was told of; if there is none, the end."""
    told = (n for n, each in enumerate(uploads) if each.figure.chance <= CHANCE)
    return max(told, default=len(uploads))


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
