"""One dataset's requests of a day: found, read, compared, announced and noted."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.drift.predictions import predictions_drift
from lambdas.predict.model import describe
from lambdas.predict.trained import Trained
from lambdas.requests.captured import Captured, find_captured, read_lines
from lambdas.requests.cells import Cells
from lambdas.requests.compare import compare
from lambdas.requests.seen import Seen, write_rows
from lambdas.requests.window import FEWEST_ROWS, days_until
from lambdas.shared.bus import announce
from lambdas.shared.documents.bucket import find, write
from lambdas.shared.documents.contents import Champion, Distribution, Metrics, RequestsSeen
from lambdas.shared.documents.document import (
    CHAMPION,
    METRICS,
    REQUESTS,
    REQUESTS_DISTRIBUTION,
    REQUESTS_DRIFT,
)
from lambdas.shared.failures.errors import ModelUndescribed
from lambdas.shared.observability import logger
from lambdas.shared.registry import Version, version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from lambdas.shared.names.paths import RunPaths

COMPARED = "Molino Requests Compared"
_VERSION = 1  # of the event's details


class NothingToCompareError(Exception):
    """Why there is nothing to say of a day."""


@dataclass(frozen=True)
class Day:
    """A day of a dataset.

    Parameters
    ----------
    client : S3Client
    sagemaker : SageMakerClient
    paths : RunPaths
        Of the day's results.
    day : date
        In UTC.
    """

    client: S3Client
    sagemaker: SageMakerClient
    paths: RunPaths
    day: dt.date

    def compare(self) -> None:
        """Compare it, with the days before it that had too few rows.

        Raises
        ------
        NothingToCompareError
        """
        days = self._days()
        captured = find_captured(
            self.client, self.paths.served_capture_uri, self._champion["endpoint_name"], days
        )
        if not captured.found:
            raise NothingToCompareError("nothing has been captured")
        seen = self._store(captured)
        self._announce(seen)
        # Last: a failure before it has all made again.
        note: RequestsSeen = {
            "dataset": self._champion["dataset"],
            "version": self._champion["version"],
            "days": {"first": days[0].isoformat(), "last": self.day.isoformat()},
            "capture_percent": self._champion.get("capture_percent"),
            "objects": {"found": captured.found, "read": seen.objects},
            "requests": seen.requests,
            "rows": seen.rows,
        }
        write(self.client, REQUESTS, REQUESTS.uri(self.paths), note)
        logger.info("requests compared", extra={"rows": seen.rows, **seen.requests})

    @cached_property
    def _champion(self) -> Champion:
        folder = self.paths.report_uri.removesuffix(f"/{self.paths.execution}")
        found = find(self.client, CHAMPION, CHAMPION.below(folder))
        if found is None:
            raise NothingToCompareError("nothing serves the dataset")
        return found

    @cached_property
    def _since(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self._champion["since"]).astimezone(dt.UTC)

    def _days(self) -> list[dt.date]:
        if self.day >= dt.datetime.now(dt.UTC).date():
            raise NothingToCompareError("the day is not over")
        days = days_until(self.client, self.paths, self.day, self._since.date())
        if not days:
            raise NothingToCompareError("it has been compared already, or another version served")
        return days

    @cached_property
    def _version(self) -> Version:
        """The version that serves."""
        return version(self.sagemaker, self._champion["package_arn"])

    def _trained(self) -> Trained:
        """Return what is known of the data that it was trained on."""
        try:
            found = describe(self.client, self._version)
        except ModelUndescribed:
            raise NothingToCompareError("the schema of the model's data is gone") from None
        if found.reference is None:
            raise NothingToCompareError("the profile of the model's data is gone")
        return found

    def _store(self, captured: Captured) -> Seen:
        trained = self._trained()
        with tempfile.TemporaryDirectory(prefix="molino-") as name:
            rows = Path(name) / "rows.jsonl"
            objects = read_lines(self.client, captured.drawn)
            seen = write_rows(objects, Cells(trained), self._since, rows)
            if seen.rows < FEWEST_ROWS:
                logger.info("too few rows", extra={"rows": seen.rows, **seen.requests})
                raise NothingToCompareError("there are too few rows")
            drift, spread = compare(rows, trained, Path(name))
        write(self.client, REQUESTS_DRIFT, REQUESTS_DRIFT.uri(self.paths), drift)
        moved = predictions_drift(self._version.number, spread, self._measured() or {})
        kept: Distribution = {**spread, "drift": moved.to_json() if moved else None}
        write(self.client, REQUESTS_DISTRIBUTION, REQUESTS_DISTRIBUTION.uri(self.paths), kept)
        return seen

    def _measured(self) -> Metrics | None:
        """Return how the version did on its test rows."""
        report = self._version.properties.get("report_uri")
        return find(self.client, METRICS, METRICS.below(report)) if report else None

    def _announce(self, seen: Seen) -> None:
        detail = {
            "schema_version": _VERSION,
            "dataset": self._champion["dataset"],
            "day": self.day.isoformat(),
            "version": self._champion["version"],
            "rows": seen.rows,
            "drift_uri": REQUESTS_DRIFT.uri(self.paths),
            "distribution_uri": REQUESTS_DISTRIBUTION.uri(self.paths),
            "requests_uri": REQUESTS.uri(self.paths),
        }
        announce(COMPARED, detail)
