"""Of a file with very many rows fewer are tested than its share: drawn like any others."""

import json
from collections import Counter
from pathlib import Path

import pytest

from lambdas.preprocess.run import Prepared
from tests.lambdas.preprocess.test_preprocess import run
from tests.lambdas.preprocess.test_split import content, numbers

ROWS, LIMIT = 9000, 1000  # of which the fractions are 1,350 rows each


def split(folder: Path, header: str, lines: list[tuple[object, ...]], **given: object) -> Prepared:
    return run(folder, content(header, lines), test_rows_limit=LIMIT, **given)


def limited(prepared: Prepared) -> list[str]:
    return [str(each.message) for each in prepared.findings if each.code == "TestRowsLimited"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    lines = [(i + 5, i * 31 % 977, "abbccccccc"[i * 7919 % 10]) for i in range(ROWS)]
    return split(tmp_path_factory.mktemp("plain"), "no,value,target", lines)


def test_no_more_rows_are_tested_and_the_others_are_for_training(plain: Prepared) -> None:
    rows = plain.split.rows
    assert LIMIT - 6 <= rows["test"] <= LIMIT
    assert LIMIT - 6 <= rows["validation"] <= LIMIT
    assert sum(rows.values()) == plain.account.used == ROWS
    found = numbers(plain)
    assert sorted(no for subset in found.values() for no in subset) == list(range(5, ROWS + 5))


def test_the_limit_is_told(plain: Prepared) -> None:
    tested, chosen_by = limited(plain)
    assert f"{plain.split.rows['test']} rows are tested, not the 1,350" in tested
    assert f"{plain.split.rows['validation']} rows are for validation, not the 1,350" in chosen_by
    assert json.loads(plain.profile)["limited"] == {"test": 1350, "validation": 1350}


def test_classes_keep_their_shares(plain: Prepared) -> None:
    counts = Counter("abbccccccc"[(no - 5) * 7919 % 10] for no in numbers(plain)["test"])
    assert [counts[each] for each in "abc"] == pytest.approx([100, 200, 700], abs=2)


def test_rows_are_drawn_from_the_whole_file(plain: Prepared) -> None:
    """Tenths of the file have a tenth of the tested rows each, within four standard errors."""
    tenths = Counter((no - 5) * 10 // ROWS for no in numbers(plain)["test"])
    assert list(tenths.values()) == pytest.approx([100] * 10, abs=4 * (100 * 0.9) ** 0.5)


def test_below_the_limit_nothing_changes(tmp_path: Path) -> None:
    lines = [(i + 5, i * 31 % 977, "ab"[i % 2]) for i in range(600)]
    prepared = split(tmp_path, "no,value,target", lines)
    assert (prepared.split.rows["test"], prepared.split.limited) == (90, {})
    assert not limited(prepared)


def test_only_the_share_above_the_limit_is_lowered(tmp_path: Path) -> None:
    lines = [(i + 5, i * 31 % 977, i * 37 % 1009 / 7) for i in range(ROWS)]
    given = {"validation_fraction": 0.05, "task": "regression"}
    prepared = split(tmp_path, "no,value,target", lines, **given)
    assert prepared.split.rows["validation"] == 450
    assert LIMIT - 20 <= prepared.split.rows["test"] <= LIMIT
    assert prepared.split.limited == {"test": 1350}


def test_groups_stay_together(tmp_path: Path) -> None:
    lines = [(i + 5, f"p{i // 9}", i * 31 % 977, "ab"[i // 9 % 2]) for i in range(ROWS)]
    prepared = split(tmp_path, "no,patient,value,target", lines, group="patient")
    groups = {name: {(no - 5) // 9 for no in rows} for name, rows in numbers(prepared).items()}
    assert sum(map(len, groups.values())) == ROWS / 9  # each in one subset only
    assert prepared.split.rows["test"] == pytest.approx(LIMIT, abs=2 * 9)


def test_the_latest_rows_are_tested(tmp_path: Path) -> None:
    lines = [(i + 5, i * 37 % ROWS, i * 31 % 977, "ab"[i % 2]) for i in range(ROWS)]
    prepared = split(tmp_path, "no,moment,value,target", lines, time="moment")
    moments = {
        name: sorted((no - 5) * 37 % ROWS for no in rows)
        for name, rows in numbers(prepared).items()
    }
    assert moments["test"] == list(range(ROWS - LIMIT, ROWS))
    assert moments["validation"] == list(range(ROWS - 2 * LIMIT, ROWS - LIMIT))


@pytest.mark.parametrize(("rows", "times"), [(300, 3), (450, 2), (1000, 1), (1100, 1)])
def test_times_are_not_divided(tmp_path: Path, rows: int, times: int) -> None:
    """As many whole times as the limit has room for, but one at least."""
    lines = [(i + 5, i // rows, i * 31 % 977, "ab"[i % 2]) for i in range(20 * rows)]
    prepared = split(tmp_path, "no,hour,value,target", lines, time="hour", test_fraction=0.3,
                     validation_fraction=0.3)  # fmt: skip
    hours = {name: {(no - 5) // rows for no in found} for name, found in numbers(prepared).items()}
    assert hours["test"] == set(range(20 - times, 20))
    assert hours["validation"] == set(range(20 - 2 * times, 20 - times))
