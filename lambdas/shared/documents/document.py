"""The JSON documents that steps keep for each other and for those who come after them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from lambdas.shared.documents import contents as of

if TYPE_CHECKING:
    from lambdas.shared.names.paths import RunPaths

T = TypeVar("T", bound=Mapping[str, Any])


@dataclass(frozen=True)
class Document(Generic[T]):
    """A kind of document.

    Parameters
    ----------
    root : str
        First part of its keys: ``datasets``, ``models`` or ``reports``.
    name : str
        What follows the execution's folder.
    version : int or None
        Of its form; None if only the step that writes it reads it.
    version_name : str
        The field of the version.
    is_compact : bool
        Whether it is too large to be written for people's eyes.
    """

    root: str
    name: str
    version: int | None = None
    version_name: str = "version"
    is_compact: bool = False

    def key(self, paths: RunPaths) -> str:
        """Return its key."""
        return f"{paths.folder(self.root)}/{self.name}"

    def uri(self, paths: RunPaths) -> str:
        """Return its address."""
        return paths.uri(self.key(paths))

    def below(self, folder: str) -> str:
        """Return its address below the folder of an execution's report or data."""
        return f"{folder}/{self.name}"

    def content(self, text: str | bytes) -> T:
        """Return the content of a stored text."""
        return cast("T", json.loads(text))

    def text(self, content: T) -> str:
        """Return a content as it is stored, with its version."""
        version = {} if self.version is None else {self.version_name: self.version}
        style: dict[str, Any] = {"separators": (",", ":")} if self.is_compact else {"indent": 2}
        document = version | dict(content)
        return json.dumps(document, ensure_ascii=False, allow_nan=False, **style) + "\n"


# What belongs to an execution's data. Only a manifest shows that preprocess has succeeded; the
# others are stored before it, drift only if there was a champion to compare with. An upload that
# can't be used has findings instead.
SCHEMA = Document[of.Schema]("datasets", "schema/schema.json", version=2)
PROFILE = Document[of.Profile]("datasets", "profile.json", version=2, is_compact=True)
CATEGORIES = Document[of.Categories]("datasets", "categories.json", 1, is_compact=True)
SAMPLE = Document[of.Sample]("datasets", "sample.json", version=1, is_compact=True)
DRIFT = Document[of.Drift]("datasets", "drift.json", version=1, is_compact=True)
MANIFEST = Document[of.Manifest]("datasets", "manifest.json", version=1)
FINDINGS = Document[of.Findings]("datasets", "findings.json", version=1, is_compact=True)
# Between preprocess and its processing job; SageMaker itself reads the list of one upload.
ORDER = Document[Mapping[str, Any]]("datasets", "job/order.json")
RESULT = Document[Mapping[str, Any]]("datasets", "job/result.json")
# What belongs to an execution's report. Progress is absent where one Lambda answered all rows,
# training where no reason for it was asked for, a decision where a run did not get to the gate.
PROGRESS = Document[Mapping[str, Any]]("reports", "evaluation-progress.json", is_compact=True)
METRICS = Document[of.Metrics]("reports", "metrics.json", version=2)
TRAINING = Document[of.Training]("reports", "training.json", version=1)
DECISION = Document[of.Decision]("reports", "decision.json", 1, "schema_version")
REPORT = Document[Mapping[str, Any]]("reports", "report.json", 1, "schema_version")
# What belongs to an execution's predictions; what was found in the rows is always there. In `job`
# is what goes to the processing jobs of many rows, and what they answer.
ROWS_FOUND = Document[of.RowsFound]("predictions", "findings.json", version=1, is_compact=True)
ROWS_DRIFT = Document[of.Drift]("predictions", "job/drift.json", version=1, is_compact=True)
DISTRIBUTION = Document[of.Distribution]("predictions", "distribution.json", version=1)
ROWS_ORDER = Document[Mapping[str, Any]]("predictions", "job/order.json")
ROWS_READ = Document[Mapping[str, Any]]("predictions", "job/read.json")
JOIN_ORDER = Document[Mapping[str, Any]]("predictions", "job/join/order.json")
JOINED = Document[Mapping[str, Any]]("predictions", "job/joined.json")
PREDICTED = Document[Mapping[str, Any]]("predictions", "result.json", 1, "schema_version")
# What belongs to an execution that compares predictions with what really happened.
ACTUALS_FOUND = Document[of.RowsFound]("reports", "findings.json", version=1, is_compact=True)
QUALITY = Document[of.Quality]("reports", "quality.json", 1, "schema_version")
COMPARED = Document[Mapping[str, Any]]("reports", "actuals.json", 1, "schema_version")
# What users asked an endpoint that serves, by days; the last one is written when all is done.
REQUESTS_DRIFT = Document[of.Drift]("reports", "drift.json", version=1, is_compact=True)
REQUESTS_DISTRIBUTION = Document[of.Distribution]("reports", "distribution.json", version=1)
REQUESTS = Document[of.RequestsSeen]("reports", "requests.json", 1, "schema_version")
# One a dataset, above the folders of its executions; absent before the first.
RUNS = Document[of.Runs]("reports", "runs.json", 1, "schema_version")
SKIPPED = Document[of.Skipped]("reports", "skipped.json", 1, "schema_version")
CHAMPION = Document[of.Champion]("reports", "champion.json", 1, "schema_version")
OPENAPI = Document[Mapping[str, Any]]("models", "openapi.json")
# The version is that of AWS's form.
STATISTICS = Document[Mapping[str, Any]]("models", "monitor/statistics.json", version=0)
CONSTRAINTS = Document[Mapping[str, Any]]("models", "monitor/constraints.json", version=0)


def health_of(month: str) -> Document[of.Health]:
    """Return the kind of a month's history, such as ``2026-05``."""
    return Document("reports", f"{HEALTH_FOLDER}/{month}.json", 1, "schema_version", True)


HEALTH_FOLDER, HEALTH_PAGE = "health", "health.html"  # below a dataset's reports
