"""Which rows of a split a host trains on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.training.data import EXAMPLES
from training.fit import share as shares
from training.fit.share import Share
from training.fit.splits import read_split


def taken(share: Share, rows: int = 1003, at_once: int = 100) -> list[int]:
    """Return the numbers of the rows that are a share of so many."""
    whole = pd.DataFrame({"row": np.arange(rows)})
    frames = [whole.iloc[start : start + at_once] for start in range(0, rows, at_once)]
    return [row for frame in share.of(frames) for row in frame["row"].tolist()]


@pytest.mark.parametrize("drawn", [1.0, 0.3])
def test_hosts_with_the_same_file_take_each_row_once(drawn):
    found = [taken(Share(host, 3, drawn, seed=5)) for host in range(3)]
    together = sorted(row for rows in found for row in rows)
    assert together == taken(Share(drawn=drawn, seed=5))
    assert max(map(len, found)) - min(map(len, found)) <= 1


def test_drawn_rows_are_as_many_as_asked_and_even_over_the_file():
    rows = taken(Share(drawn=0.25, seed=1))
    assert len(rows) == 250
    counts = np.histogram(rows, bins=10, range=(0, 1000))[0]
    assert counts.min() >= 24
    assert counts.max() <= 26
    assert rows != taken(Share(drawn=0.25, seed=2))
    assert len(set(np.diff(rows))) > 3  # no fixed step, with which a file's own rhythm would beat


def test_rows_keep_their_numbers_in_messages(tmp_path, monkeypatch):
    monkeypatch.setattr(shares, "CHUNK_ROWS", 7)
    data = EXAMPLES["cars"]()
    channels = data.write(tmp_path)
    whole, _ = read_split("train", channels["train"], data.schema)
    parts = [read_split("train", channels["train"], data.schema, Share(n, 2))[0] for n in (0, 1)]
    assert parts[0].equals(whole.iloc[::2].reset_index(drop=True))
    assert parts[1].equals(whole.iloc[1::2].reset_index(drop=True))
    path = channels["train"] / "train.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[20, data.schema.target] = ""
    table.to_csv(path, index=False)
    with pytest.raises(Exception, match="is empty in row 21"):
        read_split("train", channels["train"], data.schema, Share(0, 2))
