"""How the versions of a dataset did on their own test rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from lambdas.shared.aws import sagemaker_client
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.contents import HealthEntry, HealthFigure, Metrics
from lambdas.shared.documents.document import DECISION, METRICS
from lambdas.shared.names.legal import group_name
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.registry import named
from lambdas.shared.settings.gate import GATE_METRICS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Versions:
    """The reports of versions: from the history, or of older ones from the registry.

    Parameters
    ----------
    client : S3Client
    paths : RunPaths
        Of any run of the dataset.
    entries : iterable of HealthEntry
        The history.
    """

    def __init__(self, client: S3Client, paths: RunPaths, entries: Iterable[HealthEntry]) -> None:
        self._client, self._paths = client, paths
        self._reports: dict[int, str | None] = {
            each["training"]["version"]: self._report(each["name"])
            for each in entries
            if each["training"]
        }

    def _report(self, run: str) -> str:
        return RunPaths(self._paths.bucket, self._paths.dataset, run).report_uri

    def trained_in(self, version: int, report_uri: str) -> None:
        """Note the folder of a version's report."""
        self._reports[version] = report_uri

    def metric(self, version: int, task: str) -> str:
        """Return the metric by which the gate judged a version; the task's, if that is gone."""
        report = self._report_of(version)
        found = find(self._client, DECISION, report and DECISION.below(report))
        return (found.get("metric") if found else None) or GATE_METRICS[task][0]

    def registered(self, version: int, metric: str) -> dict[str, Any] | None:
        """Return ``value``, ``low``, ``high`` and ``rows`` on the version's own test rows."""
        report = self._report_of(version)
        measured = find(self._client, METRICS, report and METRICS.below(report))
        return _measured(metric, measured) if measured else None

    def _report_of(self, version: int) -> str | None:
        if version not in self._reports:
            group = group_name(self._paths.bucket, self._paths.dataset)
            found = named(sagemaker_client(), group, str(version))
            self._reports[version] = self._report(found.run) if found else None
        return self._reports[version]

    def figure(
        self, version: int, metric: str, measured: Metrics, period: str | None = None
    ) -> HealthFigure | None:
        """Return a version's figure on new rows beside the one it was registered with.

        Parameters
        ----------
        version : int
        metric : str
        measured : mapping
            ``metrics``, ``intervals`` and ``rows`` of the new rows.
        period : str, optional
            The time that these are of.
        """
        found = _measured(metric, measured)
        if found is None:
            return None
        registered = self.registered(version, metric)
        of = {"version": version, "metric": metric, "period": period, "registered": registered}
        return cast("HealthFigure", {**of, **found})


def _measured(metric: str, measured: Metrics) -> dict[str, Any] | None:
    value, around = measured["metrics"].get(metric), measured["intervals"].get(metric)
    if value is None or around is None:
        return None
    return {
        "value": value,
        "low": around["low"],
        "high": around["high"],
        "rows": measured["rows"],
    }
