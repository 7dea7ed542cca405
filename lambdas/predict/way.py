"""Who is to answer rows: the endpoint that serves the version, or a transform job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.predict.rows import ModelRows, explained_at_once
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import CHAMPION
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.requests import LARGEST_REQUEST, not_used

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.shared.names.paths import RunPaths
    from lambdas.shared.registry import Version
    from lambdas.shared.settings.dataset import DatasetSettings


class Way:
    """What the setting ``predict_with`` makes of the endpoint that there is.

    Parameters
    ----------
    client : S3Client
    paths : RunPaths
    settings : DatasetSettings
    model : Version
        The one that is to predict.

    Attributes
    ----------
    endpoint_name : str or None
        The endpoint to ask.
    """

    def __init__(
        self, client: S3Client, paths: RunPaths, settings: DatasetSettings, model: Version
    ) -> None:
        self.must_ask = settings.predict_with == "endpoint"
        self.endpoint_name: str | None = None
        self._explain = settings.explain
        self._served = None
        if settings.predict_with != "transform":
            folder = paths.uri(paths.report_prefix).rpartition("/")[0]
            self._served = find(client, CHAMPION, CHAMPION.below(folder))
        self._version = model.number

    def misfits(self) -> list[Finding]:
        """Return what is wrong with the endpoint, whatever the rows; choose it if nothing is."""
        if self._served is None:
            return self._not(Message("no endpoint serves the dataset")) if self.must_ask else []
        if self._served["version"] != self._version:
            text = Message(
                "the endpoint serves version {served}, and version {version} is to predict",
                served=self._served["version"],
                version=self._version,
            )
            return self._not(text)
        self.endpoint_name = self._served["endpoint_name"]
        return []

    def fit(self, rows: ModelRows, columns: int) -> list[Finding]:
        """Return that there are more rows than an endpoint answers in seconds; give it up then.

        One request of a serverless endpoint has 4 MB. Reasons of so many rows as a transform job
        explains at once take up to a quarter of an hour, of a third of them some minutes.
        """
        if self.endpoint_name is None:
            return []
        if sum(path.stat().st_size for path in rows.paths) > LARGEST_REQUEST:
            return self.too_large()
        most = explained_at_once(columns) // 3
        if not self._explain or _lines(rows) <= most:
            return []
        self.endpoint_name = None
        text = Message("with reasons, an endpoint is asked for {most} rows at most", most=most)
        return self._not(text)

    def too_large(self) -> list[Finding]:
        """Give the endpoint up, if there is one, as the rows are too large for it; say so."""
        if self.endpoint_name is None:
            return []
        self.endpoint_name = None
        most = LARGEST_REQUEST // 1_000_000
        return self._not(Message("the rows have more than the {most} MB of a request", most=most))

    def _not(self, reason: Message) -> list[Finding]:
        if self.must_ask:
            return [Finding("EndpointNotServing", reason)]
        return [not_used(reason)]


def _lines(rows: ModelRows) -> int:
    return sum(path.read_bytes().count(b"\n") for path in rows.paths)
