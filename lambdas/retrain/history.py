"""What was trained of a dataset, from the registry and the records in the bucket."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lambdas.retrain.check import Newest, Trained, got_worse
from lambdas.retrain.drifted import drifted
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import DECISION, MANIFEST, METRICS
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import INCOMING, RunPaths, dataset_of
from lambdas.shared.registry import Version, champion, newest
from lambdas.shared.settings.dataset import RENAMED

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient


class History:
    """The versions of a dataset's group and their records.

    Parameters
    ----------
    s3 : S3Client
    sagemaker : SageMakerClient
    group : str
        Name of the model package group.
    """

    def __init__(self, s3: S3Client, sagemaker: SageMakerClient, group: str) -> None:
        self._s3 = s3
        self._last = newest(sagemaker, group)
        self._champion = champion(sagemaker, group)

    def trained(self) -> Trained | None:
        """Return what was trained last; None if nothing was, or if its record is gone."""
        uri = self._last.properties.get("manifest_uri") if self._last else None
        manifest = find(self._s3, MANIFEST, uri)
        if manifest is None:
            return None
        source = manifest["source"]
        settings = {
            RENAMED.get(name, name): given["value"] for name, given in manifest["settings"].items()
        }
        return Trained(
            source["key"], source["version_id"], source["bytes"], source["rows"], settings
        )

    def worse(self) -> Message | None:
        """Return how the champion did worse in the newest run, None if it is not known to."""
        before, now = (_report_of(each) for each in (self._champion, self._last))
        if self._champion is None or before is None or now is None:
            return None
        metrics = find(self._s3, METRICS, METRICS.below(before))
        later = find(self._s3, METRICS, METRICS.below(now))
        decision = find(self._s3, DECISION, DECISION.below(now))
        if metrics is None or later is None or decision is None:
            return None
        return got_worse(metrics, later, decision, self._champion.number)

    def drifted(self, upload: RunPaths) -> Message | None:
        """Return what has drifted from the champion since the last training; see `drifted`."""
        if self._champion is None or self._last is None:
            return None
        since = dt.datetime.fromisoformat(self._last.created)
        return drifted(self._s3, upload, self._champion.number, since)

    def idle_days(self, now: dt.datetime) -> int:
        """Return how many whole days ago something was trained; 0 if nothing was."""
        if self._last is None:
            return 0
        return (now - dt.datetime.fromisoformat(self._last.created)).days


def _report_of(version: Version | None) -> str | None:
    return version.properties.get("report_uri") if version else None


def newest_upload(
    client: S3Client, bucket: str, dataset: str
) -> tuple[Newest, dict[str, str]] | None:
    """Return the upload that came last, with its metadata; None if there is none."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{INCOMING}{dataset}"
    )
    found = [
        (item["LastModified"], item["Key"])
        for page in pages
        for item in page.get("Contents", [])
        if dataset_of(item["Key"]) == dataset and not item["Key"].endswith("/")
    ]
    if not found:
        return None
    _, key = max(found)
    head = client.head_object(Bucket=bucket, Key=key)
    newest = Newest(key, head.get("VersionId", ""), head["ContentLength"])
    return newest, dict(head["Metadata"])
