"""Which test rows the champion was trained on: there it would shine without merit.

Rows are compared by the champion's own columns. Its training and validation rows are known as
64-bit digests only, 8 bytes a row.
"""

from __future__ import annotations

import csv
import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np


def digests(lines: Iterable[str], columns: Sequence[str]) -> Any:
    """Return a 64-bit digest of each row of a CSV, of its named columns in their given order.

    Returns
    -------
    numpy.ndarray of uint64, shape (rows,)
    """
    csv.field_size_limit(2**31 - 1)
    return np.array(array("Q", _digests(csv.reader(lines), columns)))


def _digests(records: Iterator[list[str]], columns: Sequence[str]) -> Iterator[int]:
    header = next(records)
    places = [header.index(name) for name in columns]
    for record in records:
        text = "\x1f".join([record[place] for place in places])
        yield int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def unseen(test: Any, trained_on: Sequence[Any]) -> Any:
    """Return a mask of the test rows that are in none of the other tables."""
    mask = np.ones(len(test), dtype=bool)
    for rows in trained_on:
        mask &= ~np.isin(test, rows)
    return mask
