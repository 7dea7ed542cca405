"""By which test rows candidate and champion are compared, whether rows repeat or not."""

from typing import Any

import numpy as np
import pytest

from lambdas.gate.digests import Digests, digests, joined
from lambdas.gate.seen import unseen


def table(features: Any, target: Any) -> Digests:
    features = np.asarray(features, dtype=np.uint64)
    return Digests(features, features * 2 + np.asarray(target, dtype=np.uint64) + 10**9)


def some(rows: Digests, places: Any) -> Digests:
    return Digests(rows.features[places], rows.records[places])


def split(rows: Digests, seed: int) -> tuple[Digests, Digests, Any]:
    """Return rows to learn from, test rows, and the places of the former."""
    order = np.random.default_rng(seed).permutation(len(rows.features))
    edge = round(len(order) * 0.85)
    return some(rows, order[:edge]), some(rows, order[edge:]), order


def distinct(count: int, start: int = 0) -> Digests:
    return table(np.arange(start, start + count), np.arange(count) % 2)


def natural(count: int, seed: int, kinds: int = 40) -> Digests:
    """Rows of few kinds, some far more frequent than others; 20 % of them have the target 1."""
    generator = np.random.default_rng(seed)
    kind = (kinds * generator.random(count) ** 3).astype(int)
    return table(kind, generator.random(count) < 0.2)


def test_rows_are_known_by_the_champions_own_columns() -> None:
    trained = ["a,b,label,old\n", '1,"x, y",yes,0\n', "2,z,no,0\n"]
    test = ["new,label,b,a\n", '7,yes,"x, y",1\n', "7,no,z,3\n", "7,yes,z,2\n", "7,no,w,2\n"]
    seen, new = (digests(lines, ["a", "b"], "label") for lines in (trained, test))
    assert np.isin(new.features, seen.features).tolist() == [True, False, True, False]
    assert np.isin(new.records, seen.records).tolist() == [True, False, False, False]


def test_digests_tell_where_a_cell_ends() -> None:
    lines = ["a,b,c\n", "1,23,4\n", "12,3,4\n", "1,2,34\n"]
    found = digests(lines, ["a", "b"], "c")
    assert len({*found.features, *found.records}) == 6


@pytest.mark.parametrize("kept", [1.0, 0.5, 0.1])
def test_rows_that_are_there_once_are_excluded_if_they_were_learnt(kept: float) -> None:
    """The new file has all of the champion's rows, or as in a window that moves on, a part."""
    old = distinct(1000)
    seen, others, order = split(old, 1)
    part = some(old, np.sort(order)[round(1000 * (1 - kept)) :])
    learnt, test, _ = split(joined([part, distinct(500, 10_000)]), 2)
    mask = unseen(test, learnt, seen, others)
    assert mask.tolist() == (~np.isin(test.records, seen.records)).tolist()


def test_corrected_outcomes_do_not_make_a_row_a_new_one() -> None:
    old = distinct(1000)
    seen, others, _ = split(old, 1)
    corrected = Digests(old.features, np.where(old.features % 20 == 0, 7, old.records))
    learnt, test, _ = split(corrected, 2)
    mask = unseen(test, learnt, seen, others)
    assert mask.tolist() == (~np.isin(test.features, seen.features)).tolist()


def test_rows_equal_by_nature_in_another_file_are_all_compared() -> None:
    for seed in range(10):
        seen, others, _ = split(natural(2000, seed), 1)
        learnt, test, _ = split(natural(2000, seed + 100), 2)
        assert unseen(test, learnt, seen, others).all()


def test_what_is_compared_of_a_file_that_grew_is_like_what_the_champion_has_not_seen() -> None:
    """Which of equal rows was learnt nobody knows; how many were is known."""
    shares, ones, expected = [], [], []
    for seed in range(30):
        old, new = natural(2000, seed, 400), natural(1000, seed + 100, 400)
        seen, others, order = split(old, seed)
        both = joined([old, new])
        learnt, test, places = split(both, seed + 1)
        mask = unseen(test, learnt, seen, others)
        learnt_before = np.isin(places[len(learnt.features) :], order[:1700])
        shares.append(mask.mean() - (~learnt_before).mean())
        outcome = (test.records - test.features * 2).astype(float) - 10**9
        ones.append(outcome[mask].mean())
        expected.append(outcome[~learnt_before].mean())
    assert abs(np.mean(shares)) < 0.01
    assert abs(np.mean(ones) - np.mean(expected)) < 0.02


def test_no_rows_are_no_difficulty() -> None:
    nothing, rows = distinct(0), distinct(10)
    assert unseen(rows, nothing, nothing, nothing).all()
    assert not unseen(nothing, rows, rows, rows).size
