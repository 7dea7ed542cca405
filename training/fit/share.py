"""Which rows of a split a host trains on, where it does not train on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import floor

import numpy as np
import pandas as pd

CHUNK_ROWS = 100_000  # read at once where only some are kept


@dataclass(frozen=True)
class Share:
    """A host's share of the rows that its files hold.

    Parameters
    ----------
    host, hosts : int
        Which of all hosts that have the same files: each takes the rows whose turn it is.
    drawn : float
        Share of the rows that training takes, over all hosts.
    seed : int
        Of which these are.
    """

    host: int = 0
    hosts: int = 1
    drawn: float = 1.0
    seed: int = 0

    @property
    def chunk_rows(self) -> int | None:
        """How many rows to read at once; None for all of a file."""
        return None if self.hosts == 1 and self.drawn == 1 else CHUNK_ROWS

    def of(self, frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Return the share of each frame in turn, drawn evenly over all of them."""
        if self.chunk_rows is None:
            yield from frames
            return
        generator = np.random.default_rng(self.seed)
        seen = kept = 0
        for frame in frames:
            seen += len(frame)
            count = floor(seen * self.drawn) - kept
            rows = np.sort(generator.permutation(len(frame))[:count])
            yield frame.iloc[rows[(kept + np.arange(count)) % self.hosts == self.host]]
            kept += count
