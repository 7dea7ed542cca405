"""Rows as 64-bit digests of their content, by which they are known again in another file.

Of very many rows only a sample is kept: those whose features' digest is a multiple of some power of
two. It is the same rows in every file, so that what is known of them is known completely.
"""

from __future__ import annotations

import csv
import hashlib
import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 4_000_000  # rows of a sample: 64 MB


@dataclass(frozen=True)
class Digests:
    """64-bit digests of a table's rows: of their features, and of features and target.

    Parameters
    ----------
    features, records : numpy.ndarray of uint64, shape (rows,)
    """

    features: NDArray[np.uint64]
    records: NDArray[np.uint64]

    def only(self, mask: NDArray[np.bool_]) -> Digests:
        """Return some of the rows."""
        return Digests(self.features[mask], self.records[mask])

    def drawn(self, one_in: int) -> NDArray[np.bool_]:
        """Return a mask of the rows that a sample of one row in so many has."""
        return np.asarray(self.features % np.uint64(one_in) == 0, dtype=np.bool_)

    def to_bytes(self) -> bytes:
        """Return them as a file of NumPy's."""
        file = io.BytesIO()
        np.save(file, np.stack([self.features, self.records]), allow_pickle=False)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Digests:
        """Read what `to_bytes` returned."""
        return cls(*np.load(io.BytesIO(content), allow_pickle=False))


def one_in(rows: int) -> int:
    """Return the power of two that leaves a sample of so many rows small enough."""
    return 1 << max(0, -(-rows // MOST) - 1).bit_length()


def digests(lines: Iterable[str], features: Sequence[str], target: str) -> Digests:
    """Return the digests of the rows of a CSV, of its named columns in their given order."""
    csv.field_size_limit(2**31 - 1)
    both = np.array(array("Q", _digests(csv.reader(lines), features, target)))
    return Digests(both[::2], both[1::2])


def _digests(records: Iterator[list[str]], features: Sequence[str], target: str) -> Iterator[int]:
    header = next(records)
    places = [header.index(name) for name in features]
    last = header.index(target)
    for record in records:
        text = "\x1f".join([record[place] for place in places])
        digest = hashlib.blake2b(text.encode(), digest_size=8)
        yield int.from_bytes(digest.digest(), "big")
        digest.update(b"\x1e" + record[last].encode())
        yield int.from_bytes(digest.digest(), "big")


def joined(tables: Iterable[Digests]) -> Digests:
    """Return the rows of several tables as one."""
    found = list(tables)
    return Digests(
        np.concatenate([table.features for table in found]),
        np.concatenate([table.records for table in found]),
    )
