"""A bounded, seeded sample of the test rows, for what asks the endpoint more than once a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.batches import Batch
from lambdas.evaluate.rows import Layout, Row, cells_of
from lambdas.evaluate.sizing import LARGEST_REQUEST
from lambdas.shared.documents.bucket import ObjectFile

SEED = 0


@dataclass(frozen=True)
class Sample:
    """Some test rows.

    Parameters
    ----------
    header : bytes
        The features' names as a CSV line.
    positions : numpy.ndarray of int, shape (rows,)
        Positions of the rows in the test split, from 0, growing.
    rows : sequence of Row
    """

    header: bytes
    positions: NDArray[np.int64]
    rows: Sequence[Row]

    @property
    def columns(self) -> list[str]:
        """Names of the features, in the order of the cells."""
        return cells_of(self.header)

    def batch(self, rows: Sequence[Row]) -> Batch:
        """Return a request with rows like those of the sample."""
        return Batch(1, self.header, rows)


def draw(file: ObjectFile, layout: Layout, rows: int, wanted: int) -> Sample:
    """Draw rows without replacement.

    Parameters
    ----------
    file : ObjectFile
        The test split, behind its header.
    layout : Layout
    rows : int
        How many it holds.
    wanted : int
        How many to draw at most.
    """
    positions = np.arange(rows)
    if rows > wanted:
        positions = np.sort(np.random.default_rng(SEED).choice(rows, wanted, replace=False))
    chosen = set(positions.tolist())
    found = enumerate(layout.rows(file, layout.length))
    taken = [row for position, row in found if position in chosen]
    # As one request takes them: of long rows, every second, third or so.
    step = ceil(sum(len(row.sent) + 1 for row in taken) / LARGEST_REQUEST)
    return Sample(layout.header, positions[::step], taken[::step])
