"""Of very many rows a sample tells which test rows the champion knows; only these are compared."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lambdas.gate.digests import MOST, Digests, digests, one_in
from lambdas.gate.rows import Rows, compared
from tests.lambdas.conftest import BUCKET

FEATURES, SPLITS = ["a", "b"], ("train", "validation", "test")


def lines(rows: Sequence[int]) -> list[str]:
    """Return a CSV of rows, of which no two are alike."""
    return ["a,b,new,y\n", *(f"{row},x{row % 7},{row % 3},{row % 2}\n" for row in rows)]


class Data:
    """The data of an execution: a list of rows for each split.

    Parameters
    ----------
    sampled : int, optional
        One of how many rows is kept of training and validation, in place of the rows.
    columns : list of str
        In which these are known.
    """

    def __init__(
        self, s3: Any, name: str, splits: Sequence[Sequence[int]], sampled: int = 0,
        columns: Sequence[str] = FEATURES,
    ) -> None:  # fmt: skip
        folder = f"datasets/w/{name}"
        manifest: dict[str, Any] = {
            "features": [{"name": each} for each in FEATURES],
            "target": {"value": "y"},
        }
        files = {f"{split}/{split}.csv": "".join(lines(rows)).encode()
                 for split, rows in zip(SPLITS, splits, strict=True)}  # fmt: skip
        if sampled:
            found = digests(lines([*splits[0], *splits[1]]), columns, "y")
            kept = found.only(found.drawn(sampled)).to_bytes()
            files = {"test/test.csv": files["test/test.csv"], "digests-0.npy": kept}
            about = {"features": columns, "target": "y", "one_in": sampled}
            manifest["digests"] = [{"name": "digests-0.npy", **about}]
        for key, body in files.items():
            s3.put_object(Bucket=BUCKET, Key=f"{folder}/{key}", Body=body)
        manifest = json.loads(json.dumps(manifest))
        self.rows = Rows(s3, f"s3://{BUCKET}/{folder}", manifest)  # type: ignore[arg-type]


def shuffled(rows: range, seed: int) -> list[list[int]]:
    order = np.random.default_rng(seed).permutation(rows).tolist()
    edges = [round(len(order) * share) for share in (0, 0.7, 0.85, 1)]
    return [order[start:end] for start, end in pairwise(edges)]


OLD, GROWN, NEW = shuffled(range(2000), 1), shuffled(range(3000), 2), shuffled(range(5000, 7000), 3)


@pytest.mark.parametrize(("before", "now"), [(0, 0), (4, 4), (4, 8), (8, 2), (0, 4), (4, 0)])
def test_known_rows_of_the_sample_are_excluded(s3: Any, before: int, now: int) -> None:
    mask = compared(Data(s3, "now", GROWN, now).rows, Data(s3, "before", OLD, before).rows)
    test = digests(lines(GROWN[2]), FEATURES, "y")
    known = np.isin(GROWN[2], [*OLD[0], *OLD[1]])
    assert known.any()
    assert mask.tolist() == (~known & test.drawn(max(before, now, 1))).tolist()
    assert mask.sum() > 450 / max(before, now, 1) / 4


@pytest.mark.parametrize(("before", "now"), [(0, 0), (4, 4), (0, 4), (4, 0)])
def test_all_rows_are_compared_where_none_is_known(s3: Any, before: int, now: int) -> None:
    mask = compared(Data(s3, "now", NEW, now).rows, Data(s3, "before", OLD, before).rows)
    assert mask.tolist() == [True] * len(NEW[2])


def test_known_rows_are_excluded_where_the_candidates_are_known_otherwise(s3: Any) -> None:
    candidate = Data(s3, "now", GROWN, 4, ["a", "b", "new"])
    mask = compared(candidate.rows, Data(s3, "before", OLD, 4).rows)
    test = digests(lines(GROWN[2]), FEATURES, "y")
    known = np.isin(GROWN[2], [*OLD[0], *OLD[1]])
    assert mask.tolist() == (~known & test.drawn(4)).tolist()


def test_the_champions_columns_are_looked_up(s3: Any) -> None:
    learnt = Data(s3, "now", GROWN, 2, ["a", "b", "new"]).rows.learnt(["a", "b", "new"], "y")
    assert learnt
    assert learnt.one_in == 2
    assert learnt.rows.drawn(2).all()
    assert len(learnt.rows.features) == pytest.approx(2550 / 2, abs=4 * (2550 / 4) ** 0.5)


@pytest.mark.parametrize(
    ("rows", "number"), [(1, 1), (MOST, 1), (MOST + 1, 2), (2 * MOST, 2), (25 * MOST, 32)]
)
def test_a_sample_is_small_enough(rows: int, number: int) -> None:
    assert one_in(rows) == number
    assert rows / number <= MOST


def test_digests_are_kept_as_they_are() -> None:
    found = digests(lines(range(5)), FEATURES, "y")
    again = Digests.from_bytes(found.to_bytes())
    assert (again.features == found.features).all()
    assert (again.records == found.records).all()
