"""What a champion has answered before to rows that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lambdas.evaluate.stored import answers_below
from lambdas.retrain.worse import Figure
from lambdas.shared.documents.bucket import find, stored
from lambdas.shared.documents.document import DECISION, TRAINING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from lambdas.quality.scored import Scored
    from lambdas.shared.positive_class import PositiveClass

MOST_RUNS = 12  # the newest that are read


@dataclass(frozen=True)
class Answered:
    """The answers to an upload's test rows, and the champion's figure on them.

    Parameters
    ----------
    report : str
        URI of the folder of the upload's report.
    """

    report: str
    figure: Figure
    scored: Scored


class Earlier:
    """A version's answers, measured by one metric's positive class.

    Parameters
    ----------
    client : S3Client
    task : str
    positive : PositiveClass or None
    """

    def __init__(self, client: S3Client, task: str, positive: PositiveClass | None) -> None:
        self._client, self._task, self._positive = client, task, positive

    def of_own_run(self, report: str | None) -> Scored | None:
        """Return the answers to the version's own test rows; None if they are gone."""
        return answers_below(self._client, report, self._task, self._positive)

    def of_uploads(self, report: str, version: int) -> list[Answered]:
        """Return the answers to the dataset's other uploads, the oldest first.

        Uploads with test rows that the version was trained on are left out. Rows that came twice
        count once, as the later upload's.

        Parameters
        ----------
        report : str
            URI of the folder of the newest upload's report.
        version : int
        """
        found: list[Answered] = []
        for folder in self._reports(report)[-MOST_RUNS:]:
            known = figure_in(self._client, folder)
            if known is None or known.version != version:
                continue
            below = f"{folder}/champion"
            scored = answers_below(self._client, below, self._task, self._positive, known.rows)
            if scored:
                found = [each for each in found if not _are_same(each.scored, scored)]
                found.append(Answered(folder, known, scored))
        return found

    def _reports(self, report: str) -> list[str]:
        """Return the folders of the other uploads that were looked at, the oldest first."""
        changed: dict[str, datetime] = {}
        for each in stored(self._client, f"{report.rpartition('/')[0]}/"):
            folder, _, name = each.uri.rpartition("/")
            if name in (TRAINING.name, DECISION.name) and folder != report:
                changed[folder] = min(each.changed, changed.get(folder, each.changed))
        return sorted(changed, key=changed.__getitem__)


def figure_in(client: S3Client, report: str) -> Figure | None:
    """Return the champion's figure on an upload: as its reason was looked for, or by its gate."""
    training = find(client, TRAINING, TRAINING.below(report))
    found: Mapping[str, Any] | None = training["champion"] if training else None
    if not found:
        decision = find(client, DECISION, DECISION.below(report))
        found = (decision["champion"] or {}).get("figure") if decision else None
    return Figure.from_json(found) if found else None


def _are_same(one: Scored, other: Scored) -> bool:
    pairs = (one.truth, other.truth), (one.predicted, other.predicted)
    return all(np.array_equal(*pair) for pair in pairs)
