"""What was trained of a dataset, from the registry and the records in the bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.retrain.look import Trained
from lambdas.retrain.worse import got_worse
from lambdas.shared.aws import ABSENT
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri
from lambdas.shared.registry import Version, champion, newest

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
        manifest = self._document(self._last, "manifest_uri")
        if manifest is None:
            return None
        source = manifest["source"]
        settings = {name: given["value"] for name, given in manifest["settings"].items()}
        return Trained(
            source["key"], source["version_id"], source["bytes"], source["rows"], settings
        )

    def worse(self) -> Message | None:
        """Return how the champion did worse in the newest run, None if it is not known to."""
        metrics = self._document(self._champion, "report_uri", "/metrics.json")
        later = self._document(self._last, "report_uri", "/metrics.json")
        decision = self._document(self._last, "report_uri", "/decision.json")
        if self._champion is None or metrics is None or later is None or decision is None:
            return None
        return got_worse(metrics, later, decision, self._champion.number)

    def _document(
        self, version: Version | None, name: str, inside: str = ""
    ) -> dict[str, Any] | None:
        uri = version.properties.get(name) if version else None
        if not uri:
            return None
        bucket, key = split_uri(uri + inside)
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
            return None
        document: dict[str, Any] = json.loads(body)
        return document
