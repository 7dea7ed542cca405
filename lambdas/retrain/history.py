"""What was trained of a dataset, from the registry and the records in the bucket."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lambdas.retrain.check import Newest, Trained
from lambdas.retrain.drifted import drifted
from lambdas.retrain.worse import Figure, got_worse
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import MANIFEST, TRAINING
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.names.part_files import folder_of, is_marker, is_part
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

    @property
    def champion(self) -> int | None:
        """The champion's version; None without one."""
        return self._champion.number if self._champion else None

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

    def worse(self, now: Figure | None) -> Message | None:
        """Return how the champion does worse than is known already; None if it is not known to.

        Parameters
        ----------
        now : Figure or None
            The champion's on the newest rows; None if it was not measured on them.
        """
        is_champions = now and self._champion and now.version == self._champion.number
        return got_worse(now) if now and is_champions else None

    @property
    def champion_report(self) -> str | None:
        """URI of the folder of the report of the champion's own run."""
        return _report_of(self._champion)

    @property
    def newest_report(self) -> str | None:
        """The same of the newest version."""
        return _report_of(self._last)

    def measured(self, upload: RunPaths) -> Figure | None:
        """Return the champion's figure on an upload whose run found no reason to train, if any."""
        found = find(self._s3, TRAINING, TRAINING.uri(upload))
        figure = found and found["champion"]
        return Figure.from_json(figure) if figure else None

    def drifted(self, upload: RunPaths) -> Message | None:
        """Return what has drifted from the champion since the last training; see `drifted`."""
        if self._champion is None or self._last is None:
            return None
        since = dt.datetime.fromisoformat(self._last.created)
        return drifted(self._s3, upload, self._champion.number, since, self._last.data_uri)

    def idle_days(self, now: dt.datetime) -> int:
        """Return how many whole days ago something was trained; 0 if nothing was."""
        if self._last is None:
            return 0
        return (now - dt.datetime.fromisoformat(self._last.created)).days


def _report_of(version: Version | None) -> str | None:
    return version.properties.get("report_uri") if version else None


def dataset_named(client: S3Client, bucket: str, slug: str) -> str | None:
    """Return the name, as its uploads have it, of the dataset that a slug stands for."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=INCOMING, Delimiter="/"
    )
    for page in pages:
        keys = [each["Prefix"] for each in page.get("CommonPrefixes", [])]
        keys += [each["Key"] for each in page.get("Contents", [])]
        for name in map(dataset_of, keys):
            if dataset_slug(name) == slug:
                return name
    return None


def newest_upload(
    client: S3Client, bucket: str, dataset: str
) -> tuple[Newest, dict[str, str]] | None:
    """Return the upload that came last, with its metadata; None if there is none."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{INCOMING}{dataset}"
    )
    found = [
        (item["LastModified"], item["Key"], item["Size"])
        for page in pages
        for item in page.get("Contents", [])
        if dataset_of(item["Key"]) == dataset and not item["Key"].endswith("/")
    ]
    uploads = [(changed, key) for changed, key, _ in found if not is_part(key)]
    if not uploads:
        return None
    _, key = max(uploads)
    head = client.head_object(Bucket=bucket, Key=key)
    size = head["ContentLength"]
    if is_marker(key):
        folder = folder_of(key)
        size = sum(size for _, each, size in found if each.startswith(folder) and is_part(each))
    newest = Newest(key, head.get("VersionId", ""), size)
    return newest, dict(head["Metadata"])
