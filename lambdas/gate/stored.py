"""What earlier steps stored and the gate reads: manifests, splits, predictions, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.loading import load
from lambdas.gate.seen import Digests, digests, joined, may_be_seen, unseen
from lambdas.quality.scored import Scored
from lambdas.shared.documents.bucket import ObjectFile, read
from lambdas.shared.documents.contents import Manifest
from lambdas.shared.documents.document import METRICS
from lambdas.shared.findings.message import Message
from lambdas.shared.positive_class import PositiveClass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Stored:
    """Reads objects of the bucket, tables line by line."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def intervals(self, evaluation: dict[str, Any]) -> dict[str, Any]:
        """Return the intervals of a model's metrics."""
        return read(self._client, METRICS, evaluation["metrics_uri"]).get("intervals", {})

    def positive(self, evaluation: dict[str, Any]) -> PositiveClass | None:
        """Return the positive class by which a model was measured; None if the task has none."""
        metrics = read(self._client, METRICS, evaluation["metrics_uri"])
        if "positive_class" not in metrics:
            return None
        return PositiveClass(
            metrics["positive_class"], Message.from_json(metrics["positive_class_wording"])
        )

    def answers(
        self, evaluation: dict[str, Any], task: str, positive: PositiveClass | None
    ) -> Scored:
        """Return a model's answers to the test rows."""
        lines = self._lines(evaluation["predictions_uri"])
        return load(lines, int(evaluation["rows"]), task, positive).scored

    def unseen(
        self, uris: dict[str, str], manifest: Manifest, manifest_uri: str
    ) -> NDArray[np.bool_]:
        """Return a mask of the test rows by which the two models are compared.

        Parameters
        ----------
        uris : dict
            The candidate's channels.
        manifest : dict
            The champion's.
        manifest_uri : str
            Its address; the champion's splits lie beside it.
        """
        features = [feature["name"] for feature in manifest["features"]]
        before = manifest_uri.rpartition("/")[0]

        def read(folder: str, *splits: str) -> Digests:
            return joined(
                digests(
                    self._lines(f"{folder}/{split}/{split}.csv"),
                    features,
                    manifest["target"]["value"],
                )
                for split in splits
            )

        now = uris["test"].removesuffix("/test/")
        test, seen = read(now, "test"), read(before, "train", "validation")
        if not may_be_seen(test, seen).any():
            return np.ones(len(test.features), dtype=bool)
        return unseen(test, read(now, "train", "validation"), seen, read(before, "test"))

    def _lines(self, uri: str) -> Iterator[str]:
        with ObjectFile(self._client, uri).lines() as lines:
            yield from lines
