"""What a champion has answered before to rows that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.gate.judge import StoredResults
from lambdas.shared.documents.bucket import find, stored
from lambdas.shared.documents.document import METRICS, TRAINING
from lambdas.shared.failures.aws_errors import is_absent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.quality.scored import Scored
    from lambdas.shared.positive_class import PositiveClass

MOST_RUNS = 12  # the newest that are read


@dataclass(frozen=True)
class Answered:
    """The answers to an upload's test rows.

    Parameters
    ----------
    report : str
        URI of the folder of the upload's report.
    """

    report: str
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
        return self._answers(report) if report else None

    def of_uploads(self, reports: str, version: int) -> list[Answered]:
        """Return the answers to later uploads, the oldest first.

        Uploads with test rows that the version was trained on are left out.

        Parameters
        ----------
        reports : str
            URI of the folder of the dataset's reports.
        version : int
        """
        end = f"/{TRAINING.name}"
        known = [each for each in stored(self._client, f"{reports}/") if each.uri.endswith(end)]
        known.sort(key=lambda each: each.changed)
        found = []
        for each in known[-MOST_RUNS:]:
            report = each.uri.removesuffix(end)
            training = find(self._client, TRAINING, each.uri)
            figure = training["champion"] if training else None
            if figure and figure["version"] == version:
                scored = self._answers(f"{report}/champion", figure["rows"])
                found += [Answered(report, scored)] if scored else []
        return found

    def _answers(self, folder: str, rows: int | None = None) -> Scored | None:
        """Return the answers below a folder; None if they are gone, or not of so many rows."""
        metrics = find(self._client, METRICS, METRICS.below(folder))
        if metrics is None or metrics["rows"] != (rows or metrics["rows"]):
            return None
        uri = f"{folder}/predictions.csv"
        try:
            results = StoredResults(self._client)
            return results.answers_at(uri, metrics["rows"], self._task, self._positive)
        except ClientError as error:
            if not is_absent(error):
                raise
            return None
