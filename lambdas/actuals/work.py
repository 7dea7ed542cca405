"""What the steps of comparing one file share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.actuals.runs import MOST_RUNS
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.settings.dataset import DatasetSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Work:
    """One file of what really happened.

    Parameters
    ----------
    paths : RunPaths
        Of this execution.
    folder : Path
        Empty folder for what is fetched, and for the database.
    came : str
        When the file was uploaded; ISO 8601. Of two files that say something of a row, the later
        one counts.
    findings : list of Finding
        Gets what is found.
    left_out : counter of str
        Files of predictions that were not looked at, by why: a key of `REASONS`.
    """

    client: S3Client
    paths: RunPaths
    settings: DatasetSettings
    folder: Path
    came: str
    findings: list[Finding]
    left_out: Counter[str] = field(default_factory=Counter)

    def note(self, findings: list[Finding]) -> None:
        """Add what is found, each once."""
        self.findings[:] = dict.fromkeys([*self.findings, *findings])


REASONS = {
    "old": Message("they are older than the newest {most}", most=MOST_RUNS),
    "undescribed": Message("it is not known which model made them, or what that was trained on"),
    "target": Message("they are of another column than the file has"),
    "key": Message("they lack the column that identifies rows"),
    "large": Message("they are too large"),
    "late": Message("there was no time left for them"),
}


def left_out(work: Work) -> Iterator[Finding]:
    """Yield a finding for each reason for which files of predictions were not looked at."""
    for reason, why in REASONS.items():
        if count := work.left_out[reason]:
            text = Message(
                "{count} file of predictions is not looked at: {reason}",
                "{count} files of predictions are not looked at: {reason}",
                count=count,
                reason=why,
            )
            yield Finding("PredictionsLeftOut", text)
