"""The rows of an execution's data as digests: of its splits, or the sample kept of very many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lambdas.gate.digests import Digests, digests, joined
from lambdas.gate.seen import may_be_seen, unseen
from lambdas.shared.documents.bucket import ObjectFile
from lambdas.shared.documents.contents import Manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Sample:
    """Rows of which the features' digests are multiples of a power of two; all if that is 1."""

    rows: Digests
    one_in: int


@dataclass(frozen=True)
class Rows:
    """An execution's data.

    Parameters
    ----------
    client : S3Client
    folder : str
        Address of its splits, without a slash at the end.
    manifest : dict
    """

    client: S3Client
    folder: str
    manifest: Manifest

    def tested(self, features: Sequence[str], target: str) -> Digests:
        """Return the test rows in some columns."""
        return self._split("test", features, target)

    def learnt(self, features: Sequence[str], target: str) -> Sample | None:
        """Return the rows for training and validation; None if they are not known so."""
        kept = self.manifest.get("digests")
        if kept is None:
            splits = [self._split(name, features, target) for name in ("train", "validation")]
            return Sample(joined(splits), 1)
        for each in kept:
            if each["features"] == list(features) and each["target"] == target:
                content = ObjectFile(self.client, f"{self.folder}/{each['name']}").read()
                return Sample(Digests.from_bytes(content), each["one_in"])
        return None

    def _split(self, name: str, features: Sequence[str], target: str) -> Digests:
        with ObjectFile(self.client, f"{self.folder}/{name}/{name}.csv").lines() as lines:
            return digests(lines, features, target)


def compared(candidate: Rows, champion: Rows) -> NDArray[np.bool_]:
    """Return a mask of the candidate's test rows by which the two models are compared.

    If of either only a sample of rows is known, only test rows of that sample are compared, unless
    it shows that all can be.
    """
    features = [feature["name"] for feature in champion.manifest["features"]]
    target = champion.manifest["target"]["value"]
    test, seen = candidate.tested(features, target), champion.learnt(features, target)
    if seen is None:
        return np.zeros(len(test.features), dtype=bool)
    if not may_be_seen(test.only(test.drawn(seen.one_in)), seen.rows).any():
        return np.ones(len(test.features), dtype=bool)
    learnt = candidate.learnt(features, target)
    one_in = max(seen.one_in, learnt.one_in if learnt else 1)
    mask = test.drawn(one_in)

    def of(rows: Digests) -> Digests:
        return rows.only(rows.drawn(one_in))

    if learnt is None:  # the champion is another than when the candidate's rows were read
        found = ~may_be_seen(of(test), of(seen.rows))
    else:
        others = champion.tested(features, target)
        found = unseen(of(test), of(learnt.rows), of(seen.rows), of(others))
    if found.all():
        return np.ones(len(mask), dtype=bool)
    mask[mask] = found
    return mask
